import type { Instance } from './vue'

type Hook = (...args: unknown[]) => unknown

/** The components' hooks of a page, which its own options know nothing of. */
const hooksOfPages = new WeakMap<Instance, Record<string, Hook[]>>()

/** Calls back with a page's own hook of this name; true then is the page's answer. Returns how to end it. */
export function hookPage(component: Instance, name: string, callback: Hook): () => void {
  const page = findPage(component)
  if (!page) return () => {}
  const hooks = getHooks(page, name)
  hooks.push(callback)
  return () => void hooks.splice(hooks.indexOf(callback), 1)
}

/** On H5 the application's page stands within a page of uni's own, and only its `$mp` tells which it is. */
function findPage(component: Instance): Instance | undefined {
  let at: Instance | undefined = component
  while (at && at.$mp?.mpType !== 'page' && at.$options.mpType !== 'page') at = at.$parent
  return at
}

function getHooks(page: Instance, name: string): Hook[] {
  const hooksOfPage = hooksOfPages.get(page) ?? {}
  hooksOfPages.set(page, hooksOfPage)
  const known = hooksOfPage[name]
  if (known) return known
  const hooks: Hook[] = (hooksOfPage[name] = [])
  const own = ([] as Hook[]).concat((page.$options[name] as Hook[] | undefined) ?? [])
  page.$options[name] = [
    (...args: unknown[]) => {
      const isTaken = hooks.slice().some((hook) => hook(...args) === true)
      return isTaken || own.map((hook) => hook.apply(page, args)).pop()
    },
  ]
  return hooks
}
