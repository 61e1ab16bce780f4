import type { Call } from '../call/call'
import type { RuleAction } from '../config/rule-options'
import { CaptchaError } from '../errors'
import { lazy } from '../kit/lazy'
import { isRecord, own } from '../kit/values'

/** Most configurations have no rules, and never load what reads them. */
const rules = lazy(() => import('./rules'))

/**
 * Puts the rules of config.json before everything else that happens in a call: a network that is allowed has `allowed`
 * as its answer, one that is denied is refused, and `run` is told of one that always has to solve a captcha.
 */
export function ruled<Result>(run: (call: Call, isAlwaysAsked: boolean) => Promise<Result>, allowed: Result) {
  return async (call: Call): Promise<Result> => {
    const action = await findAction(call)
    if (action === 'deny') throw new CaptchaError('denied', '', { scene: call.slot.scene })
    return action === 'allow' ? allowed : run(call, action === 'captcha')
  }
}

/** What the first rule for the address of a call says. */
export async function findAction({ config, columns, now }: Call): Promise<RuleAction | undefined> {
  if (!isRecord(config) || own(config, 'rules') === undefined) return undefined
  return (await rules()).findRule(config, columns.ip, now)
}
