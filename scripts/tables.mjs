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
  },
  en: {
    options: ['Option', 'Default', 'Allowed', 'What it does'],
    errors: ['errCode', 'code', 'Message'],
    providers: ['Setting', 'Default', 'Variable', 'What it is'],
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
  const { OPTIONS, LIMITS, ERRORS, SETTINGS, variableOf } = await importSource(SMS_TABLES, [], smsModule)
  return Object.fromEntries(
    Object.entries(SMS_DOCUMENTS).map(([file, language]) => {
      const heads = HEADS[language]
      const tables = {
        options: table(heads.options, optionRows(OPTIONS, '', language)),
        limits: table(heads.options, optionRows(LIMITS, 'limits.', language)),
        providers: table(heads.providers, providerRows(SETTINGS, variableOf, language)),
        errors: table(heads.errors, errorRows(ERRORS, language)),
      }
      return [file, withTables(file, tables)]
    }),
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
