/** An entry of package-lock.json, as far as it says what a package needs. */
interface Entry {
  version?: string
  engines?: { node?: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** The `packages` of a lock file: place (`node_modules/a/node_modules/b`) → entry. */
export type Places = Record<string, Entry>

/** The part of a lock file that npm would install for some packages. */
export function placesBelow(packages: Places, names: readonly string[]): Places {
  const kept: Places = {}
  const pending = names.map((name) => findPlace(packages, '', name))
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const entry = packages[place]
    if (!entry || place in kept) continue
    kept[place] = entry
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = entry
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
    const needed = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    for (const name of needed) pending.push(findPlace(packages, place, name))
  }
  return kept
}

/** The name of the package at a place. */
export function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** Where a package finds another, as Node looks for it: in its own node_modules, then in those above. */
function findPlace(packages: Places, from: string, name: string): string {
  const own = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (own in packages || from === '') return own
  return findPlace(packages, from.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, ''), name)
}
