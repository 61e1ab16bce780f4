import { parseJson } from '../files/json-file'
import { parseJsonObject, type JsonObject } from '../shared/json'
import { GatewayError } from '../shared/gateway-error'
import { changesBetween } from './changes'
import type { CaptchaModule } from './module'
import type { Change, Check, Problem } from '../../uni_modules/uni-captcha/types/protocol'
import { withoutSecrets, withSecrets } from './secrets'

/** What a text would be as a configuration in place of the present one. */
export interface Submission extends Check {
  /** With its secrets; undefined when the text is not a configuration at all. */
  config: JsonObject | undefined
  /** What would differ from what is live, without secrets. */
  changes: Change[]
}

/** Reads a text from the page against the present configuration. Never throws for what the text holds. */
export function readSubmission(text: string, present: JsonObject, module: CaptchaModule): Submission {
  let submitted: JsonObject
  try {
    submitted = parseJsonObject(text, 'config.json', 'InvalidParams.Format')
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const chinese = '不是 JSON 对象，或含有不允许的键（__proto__、constructor）'
    return { config: undefined, problems: [problem('', error.message, chinese)], unknown: [], changes: [] }
  }
  const { config, refused } = withSecrets(submitted, present)
  const { problems, ...rest } = look(config, present, module)
  return { config, problems: [...refused.map(secretProblem), ...problems], ...rest }
}

/**
 * A kept version in place of the present configuration. Present secrets stay, as in a save; one that the present has
 * no word of comes back with the version.
 */
export function readVersion(content: string, present: JsonObject, module: CaptchaModule): Submission {
  const { config } = withSecrets(parseJson(content, 'config.json') as JsonObject, present)
  return { config, ...look(config, present, module) }
}

/** What going back to a kept version would change; it is not looked at for mistakes. */
export function toVersionChanges(content: string, present: JsonObject): Change[] {
  const { config } = withSecrets(parseJson(content, 'config.json') as JsonObject, present)
  return changesBetween(withoutSecrets(present), withoutSecrets(config))
}

function look(config: JsonObject, present: JsonObject, module: CaptchaModule): Omit<Submission, 'config'> {
  const { problems, unknown } = module.run((api) => api.checkConfig(config))
  return { problems, unknown, changes: changesBetween(withoutSecrets(present), withoutSecrets(config)) }
}

function secretProblem(path: string): Problem {
  return problem(
    path,
    'Secrets are not set here: write them into the file on the server',
    '密钥不能在此设置：请在服务器上直接写入文件',
  )
}

function problem(path: string, english: string, chinese: string): Problem {
  return { path, value: '', allowed: { 'zh-Hans': '', en: '' }, message: { 'zh-Hans': chinese, en: english } }
}
