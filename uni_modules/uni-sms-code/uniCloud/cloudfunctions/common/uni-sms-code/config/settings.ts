import { SmsCodeError } from '../errors'
import type { OptionKind } from '../kit/option-kinds'
import { isRecord, own } from '../kit/values'

/** One layer of values with the place they come from, as an error names it. */
export interface Layer {
  path: string
  values: Record<string, unknown>
}

/** The layers of a configuration that apply to a scene, the nearest first. Throws `notConfigured` for what is no object. */
export function layersOf(config: unknown, scene: string): Layer[] {
  if (config === undefined) return []
  if (!isRecord(config)) throw bad('', config, 'an object')
  const scenes = own(config, 'scene') ?? {}
  if (!isRecord(scenes)) throw bad('scene', scenes, 'an object')
  const values = own(scenes, scene) ?? {}
  if (!isRecord(values)) throw bad(`scene.${scene}`, values, 'an object')
  return [
    { path: `scene.${scene}.`, values },
    { path: '', values: config },
  ]
}

/** The value at a dotted path in the nearest layer that has one, or the default. Throws `notConfigured` for a bad one. */
export function valueOf<T>(kind: OptionKind<T>, path: string, layers: Layer[]): T {
  for (const layer of layers) {
    const given = lookUp(layer, path)
    if (given === undefined) continue
    const value = kind.read(given)
    if (value === undefined) throw bad(layer.path + path, given, kind.allowed)
    return value
  }
  return kind.default
}

/** Messages go to the scenes that config.json lists and to no others, or each new name would be a new budget. */
export function isListed(config: unknown, scene: string): boolean {
  const scenes = isRecord(config) ? own(config, 'scene') : undefined
  return isRecord(scenes) && isRecord(own(scenes, scene))
}

/** Paths that mean nothing, `known` being all that may stand in a scene; `sections` are for others to read. */
export function unknownKeys(
  config: unknown,
  known: string[],
  rootOnly: string[],
  sections: readonly string[],
): string[] {
  if (!isRecord(config)) return []
  const inScenes = [...known, ...sections]
  const scenes = own(config, 'scene')
  return [
    ...strangers(config, [...inScenes, ...rootOnly, 'scene'], ''),
    ...Object.entries(isRecord(scenes) ? scenes : {}).flatMap(([name, values]) =>
      strangers(values, inScenes, `scene.${name}.`),
    ),
  ]
}

function strangers(values: unknown, paths: string[], prefix: string): string[] {
  if (!isRecord(values)) return []
  return Object.entries(values).flatMap(([key, value]) => {
    if (paths.includes(key)) return []
    const inner = paths.filter((path) => path.startsWith(`${key}.`)).map((path) => path.slice(key.length + 1))
    return inner.length > 0 ? strangers(value, inner, `${prefix}${key}.`) : [prefix + key]
  })
}

function lookUp({ path: place, values }: Layer, path: string): unknown {
  const steps = path.split('.')
  let at: unknown = values
  for (const [depth, step] of steps.entries()) {
    if (!isRecord(at)) throw bad(place + steps.slice(0, depth).join('.'), at, 'an object')
    at = own(at, step)
    if (at === undefined) return undefined
  }
  return at
}

function bad(path: string, value: unknown, allowed: string): SmsCodeError {
  const shown = JSON.stringify(value) ?? String(value)
  const short = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
  return new SmsCodeError('notConfigured', `uni-sms-code/config.json ${path} = ${short} (${allowed})`)
}
