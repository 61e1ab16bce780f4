import { ADDRESS_LIMIT, GUARD, IMAGE_LIMIT } from './limit-options'
import { MODULE } from './module-options'
import { SITE } from './site-options'
import { collectUnknown } from '../kit/layers'
import { isRecord, own } from '../kit/values'
import { isInScenesOnly, OPTIONS } from './options'
import { RULE_KEYS } from './rule-keys'
import { WORK } from './work-options'

/** Everything that a scene may say, by dotted path. */
const IN_SCENES = [
  ...Object.keys(OPTIONS),
  ...Object.keys(GUARD).map((path) => `guard.${path}`),
  ...Object.keys(IMAGE_LIMIT).map((path) => `imageLimit.${path}`),
  ...Object.keys(ADDRESS_LIMIT).map((path) => `addressLimit.${path}`),
  ...Object.keys(WORK).map((path) => `work.${path}`),
  // The name in 1.0, which has a warning of its own.
  'powWork',
]
/** What the root may say. */
const AT_ROOT = [...IN_SCENES.filter((path) => !isInScenesOnly(path)), ...Object.keys(MODULE), 'rules']

/** Paths of all keys in the configuration that mean nothing. */
export function unknownKeys(config: unknown): string[] {
  if (!isRecord(config)) return []
  const { scene: _, sites: _sites, ...root } = config
  const scenes = Object.entries(own(config, 'scene') ?? {})
  const sites = Object.entries(own(config, 'sites') ?? {})
  const rules = own(config, 'rules')
  return [
    ...collectUnknown(root, AT_ROOT, ''),
    ...(Array.isArray(rules) ? rules.flatMap((rule, at) => collectUnknown(rule, RULE_KEYS, `rules.${at}.`)) : []),
    ...scenes.flatMap(([scene, values]) => collectUnknown(values, IN_SCENES, `scene.${scene}.`)),
    ...sites.flatMap(([site, values]) => collectUnknown(values, Object.keys(SITE), `sites.${site}.`)),
  ]
}
