import type { Texts } from '../../../../../types/protocol'
import type { OptionKind } from './option-kinds'
import { AN_OBJECT } from './option-kinds'
import { isRecord, own } from './values'

/** One layer of values with the place they come from, as an error names it. */
export interface Layer {
  path: string
  values: Record<string, unknown>
}

/** Makes the plugin's error for a bad value in config.json: where it stands and what is allowed there. */
export type BadValue = (path: string, value: unknown, allowed: Texts) => Error

/** The layers of a configuration that apply to a scene, the nearest first. Throws `bad` for what is not an object. */
export function configLayers(config: unknown, scene: string, bad: BadValue): Layer[] {
  if (config === undefined) return []
  if (!isRecord(config)) throw bad('', config, AN_OBJECT)
  const scenes = own(config, 'scene')
  if (scenes !== undefined && !isRecord(scenes)) throw bad('scene', scenes, AN_OBJECT)
  const values = scenes && own(scenes, scene)
  if (values !== undefined && !isRecord(values)) throw bad(`scene.${scene}`, values, AN_OBJECT)
  return [...(values ? [{ path: `scene.${scene}.`, values }] : []), { path: '', values: config }]
}

/** The value at a dotted path in the nearest layer that has one, or the default. Throws `bad` for one not allowed. */
export function findValue<T>(kind: OptionKind<T>, path: string, layers: readonly Layer[], bad: BadValue): T {
  for (const layer of layers) {
    const given = lookUp(layer, path, bad)
    if (given === undefined) continue
    const value = kind.read(given)
    if (value === undefined) throw bad(layer.path + path, given, kind.allowed)
    return value
  }
  return kind.default
}

/** Where the value at a dotted path stands, as an error names it; `unset` where no layer has one. */
export function findPlace(path: string, layers: readonly Layer[], bad: BadValue, unset = path): string {
  const layer = layers.find((one) => lookUp(one, path, bad) !== undefined)
  return layer ? layer.path + path : unset
}

function lookUp({ path: place, values }: Layer, path: string, bad: BadValue): unknown {
  const steps = path.split('.')
  let at: unknown = values
  for (const [depth, step] of steps.entries()) {
    if (!isRecord(at)) throw bad(place + steps.slice(0, depth).join('.'), at, AN_OBJECT)
    at = own(at, step)
    if (at === undefined) return undefined
  }
  return at
}

/** A value as an error shows it, cut after 60 characters. */
export function showValue(value: unknown): string {
  const shown = typeof value === 'string' || typeof value === 'object' ? JSON.stringify(value) : String(value)
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown
}

/** Dotted paths of the keys that are not among `paths`. */
export function collectUnknown(values: unknown, paths: readonly string[], prefix: string): string[] {
  if (!isRecord(values)) return []
  return Object.entries(values).flatMap(([key, value]) => {
    if (paths.includes(key) && !key.includes('.')) return []
    const inner = paths.filter((path) => path.startsWith(`${key}.`)).map((path) => path.slice(key.length + 1))
    return inner.length > 0 ? collectUnknown(value, inner, `${prefix}${key}.`) : [prefix + key]
  })
}

const MAX_WARNINGS = 50

/** Warns once about each unknown key, when a configuration is first seen. */
export function createKeyCheck(plugin: string, unknownKeys: (config: unknown) => string[]): (config: unknown) => void {
  const warned = new Set<string>()
  let lastConfig: unknown
  return (config) => {
    if (config === lastConfig) return
    lastConfig = config
    const unknown = unknownKeys(config).filter((path) => !warned.has(path))
    for (const path of unknown.slice(0, MAX_WARNINGS)) {
      warned.add(path)
      console.warn(`[${plugin}] config.json: unknown key ${path}`)
    }
  }
}
