import { GUARD, IMAGE_LIMIT } from './limit-options'
import { MODULE } from './module-options'
import { isRecord, own } from '../kit/values'
import { isInScenesOnly, OPTIONS } from './options'

/** Everything that a scene may say, by dotted path. */
const IN_SCENES = [
  ...Object.keys(OPTIONS),
  ...Object.keys(GUARD).map((path) => `guard.${path}`),
  ...Object.keys(IMAGE_LIMIT).map((path) => `imageLimit.${path}`),
]
/** What the root may say. */
const AT_ROOT = [...IN_SCENES.filter((path) => !isInScenesOnly(path)), ...Object.keys(MODULE), 'imageOrigins', 'secret']

/** Paths of all keys in the configuration that mean nothing. */
export function unknownKeys(config: unknown): string[] {
  if (!isRecord(config)) return []
  const { scene: _, ...root } = config
  const scenes = Object.entries(own(config, 'scene') ?? {})
  return [
    ...strangers(root, AT_ROOT, ''),
    ...scenes.flatMap(([scene, values]) => strangers(values, IN_SCENES, `scene.${scene}.`)),
  ]
}

function strangers(values: unknown, paths: string[], prefix: string): string[] {
  if (!isRecord(values)) return []
  return Object.entries(values).flatMap(([key, value]) => {
    if (paths.includes(key) && !key.includes('.')) return []
    const inner = paths.filter((path) => path.startsWith(`${key}.`)).map((path) => path.slice(key.length + 1))
    return inner.length > 0 ? strangers(value, inner, `${prefix}${key}.`) : [prefix + key]
  })
}
