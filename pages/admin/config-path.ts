export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where a row of the form stands: `''` is the root, anything else a scene. A scene's name may hold dots. */
export function stepsTo(scene: string, path: string): string[] {
  return [...(scene === '' ? [] : ['scene', scene]), ...path.split('.')]
}

/** The path as the server names it. */
export function toPath(scene: string, path: string): string {
  return stepsTo(scene, path).join('.')
}

/** The own value at the end of the steps, or undefined. */
export function valueAt(config: unknown, steps: string[]): unknown {
  let at = config
  for (const step of steps) {
    if (!isFields(at) || !Object.hasOwn(at, step)) return undefined
    at = at[step]
  }
  return at
}

/** A copy in which the value stands there; what is in the way is replaced. */
export function withValue(config: Fields, [step = '', ...rest]: string[], value: unknown): Fields {
  const inner = Object.hasOwn(config, step) ? config[step] : undefined
  return { ...config, [step]: rest.length === 0 ? value : withValue(isFields(inner) ? inner : {}, rest, value) }
}

/** A copy without the value, and without objects that are empty for lack of it; the first `kept` steps stay. */
export function withoutValue(config: Fields, [step = '', ...rest]: string[], kept = 0): Fields {
  if (!Object.hasOwn(config, step)) return config
  const { [step]: inner, ...others } = config
  if (rest.length === 0 || !isFields(inner)) return others
  const left = withoutValue(inner, rest, kept - 1)
  return kept <= 0 && Object.keys(left).length === 0 ? others : { ...config, [step]: left }
}
