const adopted = new Set<string>()

/**
 * Applies a foreign style sheet to the document as it is, once. Style sheets that are imported go through uni's
 * compiler, which takes selectors such as `canvas` or `input` for its own components.
 */
export function adoptStyle(css: string): void {
  if (adopted.has(css)) return
  adopted.add(css)
  const style = document.createElement('style')
  style.textContent = css
  document.head.append(style)
}
