import type { OptionGroup, Texts } from '../../uni_modules/uni-captcha/types/protocol'

interface Words {
  pick: (texts: Texts) => string
  scene: (name: string) => string
  rule: (network: string) => string
  /** of a field of a rule; undefined for the whole rule */
  ruleField: (field: string | undefined) => string
  site: (key: string) => string
  /** of a field of a site; undefined for the whole site */
  siteField: (field: string | undefined) => string
  yes: string
  no: string
  empty: string
}

const SCENE = 'scene.'
const RULE = /^rules\.(.+?)(?:\.(action|until|note))?$/
const SITE = /^sites\.([^.]+)(?:\.(.+))?$/

/** What a path of config.json is called, `场景 login · 图片宽度`; the path itself where it has no name. */
export function toReadablePath(path: string, groups: readonly OptionGroup[], words: Words): string {
  const [, network, field] = RULE.exec(path) ?? []
  if (network !== undefined) return [words.rule(network), words.ruleField(field)].filter(Boolean).join(' · ')
  const [, key, part] = SITE.exec(path) ?? []
  if (key !== undefined) return [words.site(key), words.siteField(part)].filter(Boolean).join(' · ')
  const names = groups.flatMap((group) => [
    { path: group.name as string, label: group.label },
    ...group.rows.map((row) => ({ path: row.path, label: row.label })),
  ])
  if (!path.startsWith(SCENE)) {
    const found = names.find((name) => name.path === path)
    return found ? words.pick(found.label) : path
  }
  // A scene's name may hold dots: the longest path of an option at the end is the option's.
  const rest = path.slice(SCENE.length)
  const ends = names.filter((name) => rest.endsWith(`.${name.path}`))
  const [found] = ends.sort((one, other) => other.path.length - one.path.length)
  if (!found) return words.scene(rest)
  return `${words.scene(rest.slice(0, -found.path.length - 1))} · ${words.pick(found.label)}`
}

/** A value of a change, which comes as JSON. */
export function toReadableValue(json: string, words: Pick<Words, 'yes' | 'no' | 'empty'>): string {
  if (json === 'true') return words.yes
  if (json === 'false') return words.no
  if (json === '""') return words.empty
  if (!/^["[]/.test(json)) return json
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value.join(', ') : String(value)
  } catch {
    // cut by the server
    return json
  }
}
