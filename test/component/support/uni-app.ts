const hooks = new Set<() => void>()

/** Stands in for `@dcloudio/uni-app`, whose real one needs uni's own copy of Vue. */
export function onShow(hook: () => void): void {
  hooks.add(hook)
}

/** The user comes back to the page. */
export function showPage(): void {
  for (const hook of hooks) hook()
}
