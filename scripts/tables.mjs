// `node scripts/tables.mjs`: writes the option, limit and error tables into the documents, between their markers,
// from the tables in the code. A test fails when a document says something else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from './freshness.mjs'
import { importSource, smsModule } from './import-source.mjs'

const TABLES = `
  export { OPTIONS } from './config/options'
  export { GUARD, IMAGE_LIMIT } from './config/limit-options'
  export { MODULE } from './config/module-options'
  export { ERRORS } from './errors'
`
const DOCUMENTS = {
  'docs/configuration.md': 'zh-Hans',
  'docs/en/configuration.md': 'en',
  'uni_modules/uni-captcha/readme.md': 'zh-Hans',
}
const SMS_TABLES = `
  export { OPTIONS } from './config/options'
  export { LIMITS } from './config/limit-options'
  export { ERRORS } from './errors'
  export { SETTINGS, variableOf } from './providers/settings'
  export { REASONS } from './send/reasons'
  export { TENCENT_CODES } from './providers/tencent-codes'
  export { ALIYUN_CODES } from './providers/aliyun-codes'
  export { ALIYUN_VERIFY_CODES } from './providers/aliyun-verify-codes'
  export { UNICLOUD_CODES } from './providers/unicloud-codes'
`
const SMS_DOCUMENTS = {
  'docs/en/sms.md': 'en',
  'uni_modules/uni-sms-code/readme.md': 'zh-Hans',
}
const HEADS = {
  'zh-Hans': {
    options: ['字段', '默认值', '允许的取值', '说明'],
    errors: ['errCode', 'code', '提示'],
    providers: ['字段', '默认值', '环境变量', '说明'],
    reasons: ['原因', '含义', '用户看到', '换下一家'],
    codes: ['服务商', '原因', '错误码'],
  },
  en: {
    options: ['Option', 'Default', 'Allowed', 'What it does'],
    errors: ['errCode', 'code', 'Message'],
    providers: ['Setting', 'Default', 'Variable', 'What it is'],
    reasons: ['Reason', 'Meaning', 'The person is told', 'Next provider'],
    codes: ['Provider', 'Reason', 'Codes'],
  },
}

/** The documents with their tables as the code has them: file → text. */
export async function documentsWithTables() {
  return { ...(await captchaDocuments()), ...(await smsDocuments()) }
}

async function captchaDocuments() {
  const { OPTIONS, GUARD, IMAGE_LIMIT, MODULE, ERRORS } = await importSource(TABLES)
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([file, language]) => {
      const { options: head, errors: errorHead } = HEADS[language]
      const tables = {
        options: table(head, optionRows(OPTIONS, '', language)),
        limits: table(head, [
          ...optionRows(GUARD, 'guard.', language),
          ...optionRows(IMAGE_LIMIT, 'imageLimit.', language),
        ]),
        module: table(head, optionRows(MODULE, '', language)),
        errors: table(errorHead, errorRows(ERRORS, language)),
      }
      return [file, withTables(file, tables)]
    }),
  )
}

async function smsDocuments() {
  const source = await importSource(SMS_TABLES, [], smsModule)
  const { OPTIONS, LIMITS, ERRORS, SETTINGS, variableOf, REASONS } = source
  const codes = {
    tencent: source.TENCENT_CODES,
    aliyun: source.ALIYUN_CODES,
    'aliyun-verify': withoutThoseOf(source.ALIYUN_CODES, source.ALIYUN_VERIFY_CODES),
    unicloud: source.UNICLOUD_CODES,
  }
  return Object.fromEntries(
    Object.entries(SMS_DOCUMENTS).map(([file, language]) => {
      const heads = HEADS[language]
      const tables = {
        options: table(heads.options, optionRows(OPTIONS, '', language)),
        limits: table(heads.options, optionRows(LIMITS, 'limits.', language)),
        providers: table(heads.providers, providerRows(SETTINGS, variableOf, language)),
        reasons: table(heads.reasons, reasonRows(REASONS, ERRORS, language)),
        codes: table(heads.codes, codeRows(codes)),
        errors: table(heads.errors, errorRows(ERRORS, language)),
      }
      return [file, withTables(file, tables)]
    }),
  )
}

function reasonRows(reasons, errors, language) {
  const [yes, no] = { 'zh-Hans': ['是', '否'], en: ['yes', 'no'] }[language]
  return Object.entries(reasons).map(([name, { doc, error, isOfProvider }]) => [
    `\`${name}\``,
    doc[language],
    errors[error].text[language],
    isOfProvider ? yes : no,
  ])
}

function codeRows(codes) {
  return Object.entries(codes).flatMap(([provider, reasons]) =>
    Object.entries(reasons)
      .filter(([, list]) => list.length > 0)
      .map(([reason, list]) => [`\`${provider}\``, `\`${reason}\``, list.map((code) => `\`${code}\``).join(' ')]),
  )
}

/** What a table has over another that it begins with. */
function withoutThoseOf(base, codes) {
  return Object.fromEntries(
    Object.entries(codes).map(([reason, list]) => [reason, list.filter((code) => !base[reason]?.includes(code))]),
  )
}

function providerRows(sections, variableOf, language) {
  const required = { 'zh-Hans': '必填', en: 'required' }[language]
  return Object.entries(sections).flatMap(([section, settings]) =>
    Object.entries(settings).map(([name, { default: value, isText, doc }]) => [
      `\`${section}.${name}\``,
      value === undefined ? required : `\`${JSON.stringify(value.host ?? value)}\``,
      isText ? `\`${variableOf(section, name)}\`` : '',
      doc[language],
    ]),
  )
}

function errorRows(rows, language) {
  return Object.values(rows).map(({ errCode, number, text }) => [`\`${errCode}\``, number, text[language]])
}

function optionRows(rows, prefix, language) {
  return Object.entries(rows).map(([name, { default: value, whenFailuresOnly = value, allowed, doc }]) => {
    const values = value === whenFailuresOnly ? [value] : [value, whenFailuresOnly]
    return [
      `\`${prefix}${name}\``,
      values.map((one) => `\`${JSON.stringify(one)}\``).join(' / '),
      allowed,
      doc[language],
    ]
  })
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function withTables(file, tables) {
  const text = readFileSync(join(root, file), 'utf8')
  return Object.entries(tables).reduce((text, [name, rows]) => between(text, name, rows, file), text)
}

function between(text, name, content, file) {
  const section = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`)
  if (!section.test(text)) throw new Error(`${file} has no <!-- ${name} --> … <!-- /${name} -->`)
  return text.replace(section, (_, open, close) => `${open}\n\n${content}\n\n${close}`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [file, text] of Object.entries(await documentsWithTables())) writeFileSync(join(root, file), text)
}
