/** Whether a key is not for the widget: with one of these it is the browser's, as Alt and an arrow, or an input method's. */
export function isOfBrowser({ ctrlKey, altKey, metaKey, isComposing }: KeyboardEvent): boolean {
  return ctrlKey || altKey || metaKey || isComposing
}
