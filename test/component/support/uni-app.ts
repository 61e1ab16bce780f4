const hooks = new Set<() => void>()
const backHooks = new Set<() => boolean>()

/** Stands in for `@dcloudio/uni-app`, whose real one needs uni's own copy of Vue. */
export function onShow(hook: () => void): void {
  hooks.add(hook)
}

export function onBackPress(hook: () => boolean): void {
  backHooks.add(hook)
}

/** The user comes back to the page. */
export function showPage(): void {
  for (const hook of hooks) hook()
}

/** The user goes back; answers whether the page is left. */
export function goBack(): boolean {
  return ![...backHooks].map((hook) => hook()).includes(true)
}
