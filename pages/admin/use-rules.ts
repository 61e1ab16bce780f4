import { computed, ref } from 'vue'

import { callAdmin } from './api'
import { isFields } from './config-path'
import { HOUR_MS } from './scene-statistics'
import { useAdmin } from './use-admin'

const ACTIONS = ['deny', 'captcha', 'allow'] as const
export type RuleAction = (typeof ACTIONS)[number]

/** How long a new rule holds; 0 is until it is removed. */
const LASTING_HOURS = [1, 24, 168, 0] as const

interface Rule {
  network: string
  action: RuleAction
  until: string
  note: string
}

/** The rules that are live, and changes of them: each is live and in the audit at once, apart from what is edited. */
export function useRules() {
  const { t, present, attempt, notice, adopt } = useAdmin()
  const lastingHours = ref(24)
  const isChanging = ref(false)

  const rules = computed<Rule[]>(() => toRules(present.value?.text ?? ''))

  async function change(path: string, body: object, done: string): Promise<boolean> {
    isChanging.value = true
    const isDone = await attempt(async () => {
      await callAdmin('POST', path, body)
      await adopt('rules')
    })
    if (isDone) notice.value = { kind: 'success', text: done }
    isChanging.value = false
    return isDone
  }

  return {
    ACTIONS,
    LASTING_HOURS,
    lastingHours,
    rules,
    isChanging,
    putRule(network: string, action: RuleAction, note = '') {
      const until = lastingHours.value > 0 ? new Date(Date.now() + lastingHours.value * HOUR_MS).toISOString() : ''
      return change('/rules', { network, action, until, note }, t('rules.done', { network }))
    },
    removeRule: (network: string) => change('/rules/remove', { network }, t('rules.removed', { network })),
  }
}

/** What is written otherwise is for the JSON editor. */
function toRules(text: string): Rule[] {
  const config: unknown = text === '' ? {} : JSON.parse(text)
  const given = isFields(config) ? config['rules'] : undefined
  if (!Array.isArray(given)) return []
  return given.flatMap((rule: unknown) => {
    if (!isFields(rule) || typeof rule['network'] !== 'string') return []
    const action = ACTIONS.find((one) => one === rule['action'])
    return action
      ? [{ network: rule['network'], action, until: toText(rule['until']), note: toText(rule['note']) }]
      : []
  })
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
