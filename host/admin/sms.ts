import type { Logger } from 'pino'
import { loadAdmin, type AdminProject } from './module'
import { runInScope } from '../runtime/call'
import type { UniCloudApi } from '../runtime/unicloud'
import type { SmsBudget } from '../../uni_modules/uni-captcha/types/protocol'

/** What `uni-sms-code/admin` exports. The host knows it by this shape alone: it never imports a plugin. */
interface SmsAdmin {
  readBudgets(): Promise<SmsBudget[]>
}

/** Reads the budgets of the project's own `uni-sms-code`; none where it has no such module or does not use it. */
export function openSmsBudgets(
  project: AdminProject | undefined,
  api: UniCloudApi,
  log: Logger,
): () => Promise<SmsBudget[]> {
  const admin = project && loadAdmin<SmsAdmin>('uni-sms-code', ['readBudgets'], project, api, log)
  return async () => {
    if (!admin) return []
    try {
      return await runInScope({ api }, () => admin.readBudgets())
    } catch (err) {
      log.warn({ err }, 'the budgets of uni-sms-code cannot be read')
      return []
    }
  }
}
