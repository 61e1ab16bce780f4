import { onMounted, ref, watch } from 'vue'

import { AdminFailure, callAdmin } from './api'
import { createLatest } from './latest'
import { useAdmin } from './use-admin'

import type { Problem, SiteSummary } from '../../uni_modules/uni-captcha/types/protocol'
import type { NewSecret } from './use-admin'

/** What the form of a site holds; lists as they are typed. */
export interface SiteFields {
  siteKey: string
  hosts: string
  scenes: string
  tokenSeconds: string
  whenNeeded: boolean
}

/** The sites that are live, and changes of them: each is live and in the audit at once, apart from what is edited. */
export function useSites() {
  const { t, present, attempt, notice, adopt, secret, mayLoseSecret } = useAdmin()
  const sites = ref<SiteSummary[] | null>(null)
  const problems = ref<Problem[]>([])
  const isChanging = ref(false)
  const latest = createLatest()

  const load = () =>
    latest(
      () => callAdmin<{ sites: SiteSummary[] }>('GET', '/sites'),
      (answer) => (sites.value = answer.sites),
    )

  async function change(method: string, path: string, body: object, done: string): Promise<boolean> {
    isChanging.value = true
    problems.value = []
    const isDone = await attempt(async () => {
      const version = present.value?.version
      const made = await callAdmin<NewSecret | object>(method, path, { version, ...body }).catch((error: unknown) => {
        if (error instanceof AdminFailure) problems.value = error.fields.problems ?? []
        throw error
      })
      if ('secret' in made) secret.value = made
      await adopt('sites')
      await load()
    })
    if (isDone) notice.value = { kind: 'success', text: done }
    isChanging.value = false
    return isDone
  }

  /** For changes that make a secret: the page shows one at a time, so that it would replace one not yet put away. */
  async function changeSecret(path: string, body: object, action: string, done: string): Promise<boolean> {
    return (await mayLoseSecret(action)) && (await change('POST', path, body, done))
  }

  onMounted(() => attempt(load))
  // Also when another person's version is loaded.
  watch(
    () => present.value?.version,
    () => load().catch(() => {}),
  )

  return {
    sites,
    problems,
    isChanging,
    add: (fields: SiteFields) => changeSecret('/sites', toBody(fields), t('sites.add'), t('sites.added')),
    edit: (fields: SiteFields) => change('PUT', '/sites', toBody(fields), t('sites.saved', { key: fields.siteKey })),
    rotate: (siteKey: string) =>
      changeSecret('/sites/rotate', { siteKey }, t('sites.rotate'), t('sites.rotated', { key: siteKey })),
    retire: (siteKey: string) => change('POST', '/sites/retire', { siteKey }, t('sites.retired', { key: siteKey })),
    remove: (siteKey: string) => change('POST', '/sites/remove', { siteKey }, t('sites.removed', { key: siteKey })),
  }
}

function toBody({ siteKey, hosts, scenes, tokenSeconds, whenNeeded }: SiteFields): object {
  return {
    siteKey: siteKey.trim(),
    hosts: toList(hosts),
    scenes: toList(scenes),
    ...(tokenSeconds.trim() !== '' && { tokenSeconds: Math.trunc(Number(tokenSeconds)) }),
    whenNeeded,
  }
}

/** One a line; what is typed twice counts once. */
function toList(text: string): string[] {
  const items = text.split(/[\n,，]/).map((one) => one.trim())
  return [...new Set(items)].filter((one) => one !== '')
}
