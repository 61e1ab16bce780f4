import type { Logger } from 'pino'
import { loadCommonModule, type CloudProject } from '../runtime/common-module'
import { runInScope } from '../runtime/call'
import type { UniCloudApi } from '../runtime/unicloud'
import type { MessageStatistics, SmsBudget } from '../../uni_modules/uni-captcha/types/protocol'

/** What `uni-sms-code/admin` exports. The host knows it by this shape alone: it never imports a plugin. */
export interface SmsAdmin {
  readBudgets(): Promise<SmsBudget[]>
  readMessages(span: { from: number; to: number }): Promise<MessageStatistics>
}

const API: readonly (keyof SmsAdmin)[] = ['readBudgets', 'readMessages']

/** Reads what the project's own `uni-sms-code` has spent and sent; nothing where it has no such module. */
export function openSms(project: CloudProject | undefined, api: UniCloudApi, log: Logger): SmsAdmin {
  const admin = project && loadCommonModule<SmsAdmin>('uni-sms-code/admin', API, project, api, log)
  return {
    async readBudgets() {
      if (!admin) return []
      try {
        return await runInScope({ api }, () => admin.readBudgets())
      } catch (err) {
        log.warn({ err }, 'the budgets of uni-sms-code cannot be read')
        return []
      }
    },
    async readMessages(span) {
      if (!admin) return { hours: [], costs: [], errors: [] }
      return runInScope({ api }, () => admin.readMessages(span))
    },
  }
}
