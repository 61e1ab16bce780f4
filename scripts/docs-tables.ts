// `npm run docs:tables`: writes the option, limit and error tables into the documents, between their markers,
// from the tables in the code. A test fails when a document says something else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import {
  ADDRESS_LIMIT,
  GUARD,
  IMAGE_LIMIT,
} from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/limit-options'
import { MODULE } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/module-options'
import { SITE } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/site-options'
import { RULE } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/rule-options'
import { OPTIONS } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/options'
import { WORK } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/work-options'
import { ERRORS } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/errors'
import { OPENAPI } from '../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/sites/openapi'
import { LIMITS } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/limit-options'
import { OPTIONS as SMS_OPTIONS } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/config/options'
import { ERRORS as SMS_ERRORS } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/errors'
import { ALIYUN_CODES } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/aliyun-codes'
import { ALIYUN_VERIFY_CODES } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/aliyun-verify-codes'
import {
  SETTINGS,
  toVariable,
} from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/settings'
import { TENCENT_CODES } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/tencent-codes'
import { UNICLOUD_CODES } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/providers/unicloud-codes'
import { REASONS } from '../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/send/reasons'
import { root } from './build-cache.mjs'

type Language = 'zh-Hans' | 'en'
type Cell = string | number
type Texts = Readonly<Record<Language, string>>
type Codes = Readonly<Record<string, readonly (string | number)[]>>

const DOCUMENTS: Record<string, Language> = {
  'docs/configuration.md': 'zh-Hans',
  'docs/en/configuration.md': 'en',
  'uni_modules/uni-captcha/readme.md': 'zh-Hans',
}
const SMS_DOCUMENTS: Record<string, Language> = {
  'docs/en/sms.md': 'en',
  'uni_modules/uni-sms-code/readme.md': 'zh-Hans',
}
const HEADS: Record<Language, Record<'options' | 'errors' | 'providers' | 'reasons' | 'codes' | 'api', string[]>> = {
  'zh-Hans': {
    options: ['字段', '默认值', '允许的取值', '说明'],
    errors: ['errCode', 'code', '提示'],
    providers: ['字段', '默认值', '环境变量', '说明'],
    reasons: ['原因', '含义', '用户看到', '换下一家'],
    codes: ['服务商', '原因', '错误码'],
    api: ['接口', '请求（* 必填）', '200 的内容（* 总有）', '其他状态码'],
  },
  en: {
    options: ['Option', 'Default', 'Allowed values', 'Description'],
    errors: ['errCode', 'code', 'Message'],
    providers: ['Setting', 'Default', 'Environment variable', 'Description'],
    reasons: ['Reason', 'Meaning', 'User message', 'Next provider'],
    codes: ['Provider', 'Reason', 'Codes'],
    api: ['Endpoint', 'Request (* required)', 'What 200 holds (* always)', 'Other status codes'],
  },
}

const REQUIRED: Texts = { 'zh-Hans': '必填', en: 'required' }

interface ErrorRow {
  errCode: string
  number: Cell
  text: Texts
}

interface OptionRow {
  default?: unknown
  whenFailuresOnly?: unknown
  isRequired?: boolean
  allowed: Texts
  doc: Texts
}

const API_DOCUMENTS: Record<string, Language> = { 'docs/backends.md': 'zh-Hans', 'docs/en/backends.md': 'en' }

/** The documents with their tables as the code has them: file → text. */
export function documentsWithTables(): Record<string, string> {
  const openapi = `${JSON.stringify(OPENAPI, null, 2)}\n`
  return { ...captchaDocuments(), ...smsDocuments(), ...apiDocuments(), 'docs/public/openapi.json': openapi }
}

function captchaDocuments(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([file, language]) => {
      const { options: head, errors: errorHead } = HEADS[language]
      const tables = {
        options: table(head, optionRows(OPTIONS, '', language)),
        limits: table(head, [
          ...optionRows(GUARD, 'guard.', language),
          ...optionRows(IMAGE_LIMIT, 'imageLimit.', language),
          ...optionRows(ADDRESS_LIMIT, 'addressLimit.', language),
          ...optionRows(WORK, 'work.', language),
        ]),
        module: table(head, optionRows(MODULE, '', language)),
        sites: table(head, optionRows(SITE, '', language)),
        rules: table(head, optionRows(RULE, 'rules[].', language)),
        errors: table(errorHead, errorRows(ERRORS, language)),
      }
      return [file, withTables(file, tables)]
    }),
  )
}

function apiDocuments(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(API_DOCUMENTS).map(([file, language]) => {
      return [file, withTables(file, { api: table(HEADS[language].api, apiRows()) })]
    }),
  )
}

interface Schema {
  $ref?: string
  oneOf?: Schema[]
  required?: string[]
  properties?: object
}

function apiRows(): Cell[][] {
  const schemas = OPENAPI.components.schemas as Record<string, Schema>
  const resolve = ({ $ref, oneOf, ...schema }: Schema): Schema[] => {
    if ($ref !== undefined) return [schemas[$ref.split('/').at(-1)!]!]
    return oneOf ? oneOf.flatMap(resolve) : [schema]
  }
  const fields = (schema: Schema) =>
    resolve(schema).map(({ required = [], properties = {} }) =>
      Object.keys(properties)
        .map((name) => `\`${name}\`${required.includes(name) ? '\\*' : ''}`)
        .join(' '),
    )
  return Object.entries(OPENAPI.paths).map(([path, { post }]) => {
    const { '200': right, ...others } = post.responses as Record<string, (typeof post.responses)['200']>
    return [
      `\`POST ${path}\``,
      fields(post.requestBody.content['application/json'].schema as Schema).join(''),
      fields(right!.content['application/json'].schema as Schema).join(' <br> '),
      Object.keys(others).join(' '),
    ]
  })
}

function smsDocuments(): Record<string, string> {
  const codes: Record<string, Codes> = {
    tencent: TENCENT_CODES,
    aliyun: ALIYUN_CODES,
    'aliyun-verify': subtractCodes(ALIYUN_CODES, ALIYUN_VERIFY_CODES),
    unicloud: UNICLOUD_CODES,
  }
  return Object.fromEntries(
    Object.entries(SMS_DOCUMENTS).map(([file, language]) => {
      const heads = HEADS[language]
      const tables = {
        options: table(heads.options, optionRows(SMS_OPTIONS, '', language)),
        limits: table(heads.options, optionRows(LIMITS, 'limits.', language)),
        providers: table(heads.providers, providerRows(language)),
        reasons: table(heads.reasons, reasonRows(language)),
        codes: table(heads.codes, codeRows(codes)),
        errors: table(heads.errors, errorRows(SMS_ERRORS, language)),
      }
      return [file, withTables(file, tables)]
    }),
  )
}

function reasonRows(language: Language): Cell[][] {
  const [yes, no] = ({ 'zh-Hans': ['是', '否'], en: ['yes', 'no'] } as const)[language]
  return Object.entries(REASONS).map(([name, { doc, error, isOfProvider }]) => [
    `\`${name}\``,
    doc[language],
    SMS_ERRORS[error].text[language],
    isOfProvider ? yes : no,
  ])
}

function codeRows(codes: Readonly<Record<string, Codes>>): Cell[][] {
  return Object.entries(codes).flatMap(([provider, reasons]) =>
    Object.entries(reasons)
      .filter(([, list]) => list.length > 0)
      .map(([reason, list]) => [`\`${provider}\``, `\`${reason}\``, list.map((code) => `\`${code}\``).join(' ')]),
  )
}

/** What a table has over another that it begins with. */
function subtractCodes(base: Codes, codes: Codes): Codes {
  return Object.fromEntries(
    Object.entries(codes).map(([reason, list]) => [reason, list.filter((code) => !base[reason]?.includes(code))]),
  )
}

function providerRows(language: Language): Cell[][] {
  return Object.entries(SETTINGS).flatMap(([section, settings]) =>
    Object.entries(settings).map(([name, { default: value, isText, doc }]) => [
      `\`${section}.${name}\``,
      value === undefined ? REQUIRED[language] : `\`${JSON.stringify(value.host ?? value)}\``,
      isText ? `\`${toVariable(section, name)}\`` : '',
      doc[language],
    ]),
  )
}

function errorRows(rows: Readonly<Record<string, ErrorRow>>, language: Language): Cell[][] {
  return Object.values(rows).map(({ errCode, number, text }) => [`\`${errCode}\``, number, text[language]])
}

function optionRows(rows: Readonly<Record<string, OptionRow>>, prefix: string, language: Language): Cell[][] {
  return Object.entries(rows).map(([name, { default: value, whenFailuresOnly = value, isRequired, allowed, doc }]) => {
    const values = value === whenFailuresOnly ? [value] : [value, whenFailuresOnly]
    return [
      `\`${prefix}${name}\``,
      isRequired ? REQUIRED[language] : values.map((one) => `\`${JSON.stringify(one)}\``).join(' / '),
      allowed[language],
      doc[language],
    ]
  })
}

function table(head: Cell[], rows: Cell[][]): string {
  const line = (cells: Cell[]) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function withTables(file: string, tables: Record<string, string>): string {
  const text = readFileSync(join(root, file), 'utf8')
  return Object.entries(tables).reduce((text, [name, rows]) => between(text, name, rows, file), text)
}

function between(text: string, name: string, content: string, file: string): string {
  const section = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`)
  if (!section.test(text)) throw new Error(`${file} has no <!-- ${name} --> … <!-- /${name} -->`)
  return text.replace(section, (_, open: string, close: string) => `${open}\n\n${content}\n\n${close}`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [file, text] of Object.entries(documentsWithTables())) writeFileSync(join(root, file), text)
}
