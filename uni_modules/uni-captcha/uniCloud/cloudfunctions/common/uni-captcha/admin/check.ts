import { failure, isCaptchaError } from '../errors'
import type { CaptchaError } from '../errors'
import type { Check, Problem, Texts } from '../../../../../types/protocol'
import { resolveAddressLimits, resolveGuard, resolveImageLimits } from '../config/limit-options'
import type { Language } from '../kit/values'
import { AN_OBJECT } from '../kit/option-kinds'
import { inLanguage, isRecord, own } from '../kit/values'
import { readSites } from '../config/site-options'
import { badConfig, OPTIONS, resolveOptions } from '../config/options'
import { findRuleProblems } from '../config/rule-options'
import { hasRedis } from '../platform'
import { resolveWork } from '../config/work-options'
import { unknownKeys } from '../config/unknown-keys'
import { ROOT_ROWS, SCENE_ROWS } from './table'
import type { TableRow } from './table'

const MAX_PROBLEMS = 100
const OPTION_NAMES = Object.keys(OPTIONS)
const WITH_REDIS: Texts = {
  'zh-Hans': '服务端配置了 REDIS_URL 时才能使用 "redis"',
  en: '"redis" requires a host with REDIS_URL',
}

/** Looks at every value of a configuration, whichever scene it is for, and whether its store is there. Never throws. */
export function checkConfig(config: unknown): Check {
  if (!isRecord(config)) return { problems: [bad('config.json', config, AN_OBJECT)], unknown: [] }
  const scenes = own(config, 'scene')
  const problems = [...checkPlace(config, '', [...SCENE_ROWS, ...ROOT_ROWS]), ...checkRoot(config)]
  if (isRecord(scenes)) {
    for (const [name, values] of Object.entries(scenes)) {
      if (isRecord(values)) problems.push(...checkPlace(values, `scene.${name}.`, SCENE_ROWS))
      else problems.push(bad(`scene.${name}`, values, AN_OBJECT))
    }
  }
  if (problems.length === 0) problems.push(...checkCrossField(config, isRecord(scenes) ? scenes : {}))
  return { problems: problems.slice(0, MAX_PROBLEMS), unknown: unknownKeys(config).slice(0, MAX_PROBLEMS) }
}

function checkPlace(values: Record<string, unknown>, place: string, rows: TableRow[]): Problem[] {
  const found = new Map<string, Problem>()
  for (const { path, kind } of rows) {
    const problem = checkRow(values, place, path, kind)
    if (problem) found.set(problem.path, problem)
  }
  return [...found.values()]
}

function checkRow(values: object, place: string, path: string, kind: TableRow['kind']): Problem | undefined {
  const steps = path.split('.')
  let at: unknown = values
  for (const [depth, step] of steps.entries()) {
    if (!isRecord(at)) return bad(place + steps.slice(0, depth).join('.'), at, AN_OBJECT)
    at = own(at, step)
    if (at === undefined) return undefined
  }
  if (kind.read(at) !== undefined) return undefined
  const problem = bad(place + path, kind.isSecret ? '' : at, kind.allowed)
  return kind.isSecret ? { ...problem, value: '' } : problem
}

function checkRoot(config: Record<string, unknown>): Problem[] {
  const scenes = own(config, 'scene')
  const problems: Problem[] = findRuleProblems(own(config, 'rules'), bad)
  if (scenes !== undefined && !isRecord(scenes)) problems.push(bad('scene', scenes, AN_OBJECT))
  problems.push(...checkSites(own(config, 'sites')))
  if (own(config, 'store') === 'redis' && !hasRedis()) problems.push(bad('store', 'redis', WITH_REDIS))
  return problems
}

/** The first mistake of each site. */
function checkSites(sites: unknown): Problem[] {
  if (sites === undefined) return []
  if (!isRecord(sites)) return [bad('sites', sites, AN_OBJECT)]
  const each = Object.entries(sites).flatMap(([key, values]) =>
    findProblem(() => readSites({ sites: { [key]: values } })),
  )
  return each.length > 0 ? each : findProblem(() => readSites({ sites }))
}

function findProblem(read: () => unknown): Problem[] {
  try {
    read()
    return []
  } catch (error) {
    if (!isCaptchaError(error)) throw error
    const [, path = 'sites'] = /config\.json (\S+) = /.exec(inLanguage(error.reason, 'en')) ?? []
    return [toProblem(error, path, '', { 'zh-Hans': '', en: '' })]
  }
}

/** Values that are right one by one and wrong together: a pair in the wrong order, no character left to draw. */
function checkCrossField(config: Record<string, unknown>, scenes: Record<string, unknown>): Problem[] {
  const { scene: _, ...root } = config
  const inRoot = findCrossFieldProblems(root, '', '', root)
  // What a scene inherits is the root's mistake, and told once.
  const isReported = (problem: Problem) => inRoot.some(({ message }) => message.en === problem.message.en)
  const inScenes = Object.entries(scenes).flatMap(([scene, values]) =>
    findCrossFieldProblems(config, scene, `scene.${scene}.`, values as object),
  )
  return [...inRoot, ...inScenes.filter((problem) => !isReported(problem))]
}

/** A scene that says nothing of a group has the root's values there, which were looked at before. */
function findCrossFieldProblems(config: object, scene: string, place: string, values: object): Problem[] {
  const mentions = (names: readonly string[]) => place === '' || names.some((name) => name in values)
  return [
    ...(mentions(OPTION_NAMES) ? toProblems(() => resolveOptions(config, scene, {}), place) : []),
    ...(mentions(['guard']) ? toProblems(() => resolveGuard(config, scene), place) : []),
    ...(mentions(['imageLimit']) ? toProblems(() => resolveImageLimits(config, scene), place) : []),
    ...(mentions(['work', 'powWork']) ? toProblems(() => resolveWork(config, scene), place) : []),
    ...(mentions(['addressLimit']) ? toProblems(() => resolveAddressLimits(config, scene), place) : []),
  ]
}

function toProblems(resolve: () => unknown, place: string): Problem[] {
  try {
    resolve()
    return []
  } catch (error) {
    if (!isCaptchaError(error)) throw error
    const reason = inLanguage(error.reason, 'en')
    // A scene's name may hold spaces.
    const [field = ''] = (reason.startsWith(place) ? reason.slice(place.length) : reason).split(' ')
    return [toProblem(error, place + field, reason, { 'zh-Hans': '', en: '' })]
  }
}

function bad(path: string, value: unknown, allowed: Texts): Problem {
  const text = JSON.stringify(value) ?? String(value)
  return toProblem(badConfig(path, value, allowed), path, text.slice(0, 60), allowed)
}

function toProblem(error: CaptchaError, path: string, value: string, allowed: Texts): Problem {
  const words = (language: Language) => failure(error, 'interior', language).errMsg
  return {
    path,
    value,
    allowed,
    message: { 'zh-Hans': words('zh-Hans'), 'zh-Hant': words('zh-Hant'), en: words('en') },
  }
}
