import type { OptionGroup, OptionRow } from '../../../../../types/protocol'
import { ADDRESS_LIMIT, GUARD, IMAGE_LIMIT } from '../config/limit-options'
import { MODULE } from '../config/module-options'
import type { OptionKind } from '../kit/option-kinds'
import { OPTIONS } from '../config/options'
import { WORK } from '../config/work-options'
import { LABELS } from './labels'

type Value = OptionRow['default']

/** A row of the option table with its path and its reader. */
export interface TableRow {
  path: string
  kind: OptionKind<Value>
}

type Bounds = Partial<Pick<OptionRow, 'min' | 'max' | 'maxLength' | 'choices' | 'whenFailuresOnly'>> & {
  inScenesOnly?: boolean
}

/** Everything that a scene may say. */
export const SCENE_ROWS: TableRow[] = [
  ...toRows(OPTIONS, ''),
  ...toRows(GUARD, 'guard.'),
  ...toRows(IMAGE_LIMIT, 'imageLimit.'),
  ...toRows(ADDRESS_LIMIT, 'addressLimit.'),
  ...toRows(WORK, 'work.'),
]
/** What only the root may say. */
export const ROOT_ROWS: TableRow[] = toRows(MODULE, '')
/** What the page shows of them. */
const SHOWN_ROOT_ROWS = ROOT_ROWS.filter(({ kind }) => !kind.isSecret)

/** The option tables of the module as plain data, in groups. */
export function optionTable(): OptionGroup[] {
  return [
    group('picture', '图片与验证码', 'Image and captcha', toRows(OPTIONS, '')),
    group('guard', '高频防护（guard）', 'Rate-limit guard', toRows(GUARD, 'guard.')),
    group('imageLimit', '取图限流（imageLimit）', 'Image rate limit', toRows(IMAGE_LIMIT, 'imageLimit.')),
    group('addressLimit', 'IP 限额（addressLimit）', 'Limits per IP', toRows(ADDRESS_LIMIT, 'addressLimit.')),
    group('work', '工作量证明（work）', 'Proof of work', toRows(WORK, 'work.')),
    group('module', '模块', 'Module', SHOWN_ROOT_ROWS),
  ]
}

function toRows(table: object, prefix: string): TableRow[] {
  return Object.entries(table).map(([name, kind]) => ({ path: prefix + name, kind: kind as OptionKind<Value> }))
}

function group(name: OptionGroup['name'], chinese: string, english: string, rows: TableRow[]): OptionGroup {
  const label = { 'zh-Hans': chinese, en: english }
  return { name, label, isRootOnly: rows === SHOWN_ROOT_ROWS, rows: rows.map(describe) }
}

function describe({ path, kind }: TableRow): OptionRow {
  const { label = { 'zh-Hans': path, en: path }, unit = 'one' } = LABELS[path] ?? {}
  const { min, max, maxLength, choices, whenFailuresOnly, inScenesOnly } = kind as OptionKind<Value> & Bounds
  return {
    path,
    type: getType(kind),
    default: kind.default,
    ...(whenFailuresOnly !== undefined && whenFailuresOnly !== kind.default && { whenFailuresOnly }),
    ...(min !== undefined && { min, max }),
    ...(maxLength !== undefined && { maxLength }),
    ...(choices !== undefined && { choices }),
    unit,
    ...(inScenesOnly && { isSceneOnly: true as const }),
    label,
    allowed: kind.allowed,
    help: kind.doc,
  }
}

function getType(kind: OptionKind<Value>): OptionRow['type'] {
  if (Array.isArray(kind.default)) return 'list'
  if ('choices' in kind) return 'choice'
  if ('maxLength' in kind) return 'text'
  if (typeof kind.default === 'boolean') return 'flag'
  if (typeof kind.default !== 'number') return 'colour'
  return 'isDecimal' in kind ? 'decimal' : 'integer'
}
