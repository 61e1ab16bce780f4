import { parseJsonObject, type JsonObject } from '../gateway/json'
import { GatewayError } from '../gateway/errors'
import { changesBetween, type Change } from './changes'
import type { CaptchaModule, Problem } from './module'
import { withoutSecrets, withSecrets } from './secrets'

/** What a text would be as a configuration in place of the present one. */
export interface Submission {
  /** With its secrets; undefined when the text is no configuration at all. */
  config: JsonObject | undefined
  problems: Problem[]
  /** Paths that mean nothing. */
  unknown: string[]
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
  const { problems, unknown } = module.run((door) => door.checkConfig(config))
  const changes = changesBetween(withoutSecrets(present), withoutSecrets(config))
  return { config, problems: [...refused.map(secretProblem), ...problems], unknown, changes }
}

function secretProblem(path: string): Problem {
  return problem(
    path,
    'Secrets are not set here: write them into the file on the server',
    '密钥不能在此设置：请在服务器上直接写入文件',
  )
}

function problem(path: string, english: string, chinese: string): Problem {
  return { path, value: '', allowed: '', message: { 'zh-Hans': chinese, en: english } }
}
