import { computed, inject, onMounted, onUnmounted, provide, ref, watch } from 'vue'

import { AdminFailure, callAdmin } from './api'
import { isFields, toPath, withoutValue } from './config-path'
import { toReadablePath, toReadableValue } from './readable-change'
import { useAdminTexts } from './use-admin-texts'
import { useDraft } from './use-draft'
import { usePreview } from './use-preview'
import { useQuestion } from './use-question'

import type { InjectionKey } from 'vue'
import type { Author, Change, OptionGroup, PresentConfig, Problem } from '../../uni_modules/uni-captcha/types/protocol'

/** Those of config.json that have a name on the page. */
const SITE_FIELDS = ['hosts', 'scenes', 'tokenSeconds', 'secrets', 'whenNeeded'] as const
type SiteField = (typeof SITE_FIELDS)[number]

/** `off`: the host has no administration. */
type Stage = 'starting' | 'off' | 'sign-in' | 'open'

/** Another version that was saved while this one was edited. */
interface Newer {
  by?: Author
  modifiedAt?: number
}

/**
 * A secret that was just made: it is shown, on every tab, until it is put away, and never again. The page asks before
 * another one takes its place.
 */
export interface NewSecret {
  siteKey: string
  secret: string
}

/** Everything the page knows and does; one per page, handed down by `provide`. */
function createAdmin() {
  const texts = useAdminTexts()
  const draft = useDraft()
  const { question, ask, answer } = useQuestion()
  const stage = ref<Stage>('starting')
  const groups = ref<OptionGroup[]>([])
  const present = ref<PresentConfig | null>(null)
  const notice = ref<{ kind: 'success' | 'error'; text: string } | null>(null)
  const newer = ref<Newer | null>(null)
  const secret = ref<NewSecret | null>(null)
  const isSaving = ref(false)
  let countdown: ReturnType<typeof setTimeout> | undefined
  /** Ends with all that the page has begun to do. */
  let attempts: Promise<unknown> = Promise.resolve()
  /** scenes that calls came for lately, the busiest first */
  const trafficScenes = ref<string[]>([])

  const { checked, isDrawing, redraw } = usePreview(draft, texts.language, fail)
  const isChanged = computed(() => present.value !== null && draft.text.value !== present.value.text)
  const problems = computed(() => checked.value?.problems ?? [])
  const canSave = computed(
    () => isChanged.value && !draft.mistake.value && !isDrawing.value && !isSaving.value && problems.value.length === 0,
  )

  function fail({ code, fields }: AdminFailure): void {
    if (code === 'off') stage.value = 'off'
    else if (code === 'SignInRequired') stage.value = 'sign-in'
    else if (code === 'Stale') {
      newer.value = { by: fields.by, modifiedAt: fields.modifiedAt }
      // The differences are those from what is live now.
      redraw()
    } else {
      const { retryAfter = 0, reason = '' } = fields
      tell(code, retryAfter, reason)
    }
  }

  /** A wait counts down, and its notice goes when it is over. */
  function tell(code: string, seconds: number, reason: string): void {
    clearTimeout(countdown)
    const told = { kind: 'error' as const, text: texts.failure(code, { seconds, reason }) }
    notice.value = told
    if (seconds <= 0) return
    countdown = setTimeout(() => {
      if (notice.value?.text !== told.text) return
      if (seconds > 1) tell(code, seconds - 1, reason)
      else notice.value = null
    }, 1000)
  }

  /** Runs what talks to the server; false when it was refused, and the page says so. */
  function attempt(work: () => Promise<void>): Promise<boolean> {
    const run = async () => {
      notice.value = null
      try {
        await work()
        return true
      } catch (error) {
        fail(error instanceof AdminFailure ? error : new AdminFailure('network'))
        return false
      }
    }
    const attempted = run()
    attempts = Promise.all([attempts, attempted])
    return attempted
  }

  /** What is being edited stays when only the session was renewed. */
  async function enter(): Promise<void> {
    const table = await callAdmin<{ groups: OptionGroup[] }>('GET', '/options')
    groups.value = table.groups
    if (isChanged.value) redraw()
    else await load()
    stage.value = 'open'
  }

  async function load(): Promise<void> {
    present.value = await callAdmin<PresentConfig>('GET', '/config')
    draft.text.value = present.value.text
    const known = [...draft.scenes.value, ...trafficScenes.value]
    if (!known.includes(draft.scene.value)) draft.scene.value = ''
    newer.value = null
    redraw()
  }

  /** Keeps what was edited and puts it on top of what is live now: the differences show what that means. */
  async function rebase(): Promise<void> {
    const { text: _, ...live } = await callAdmin<PresentConfig>('GET', '/config')
    if (present.value) present.value = { ...present.value, ...live }
    newer.value = null
    redraw()
  }

  /**
   * Takes over rules or sites that were changed apart from what is edited, so that saving does not undo them. Where
   * something else has changed as well, that is a conflict like any other.
   */
  async function adopt(key: 'rules' | 'sites'): Promise<void> {
    const live = await callAdmin<PresentConfig>('GET', '/config')
    if (!isChanged.value) return load()
    const { config } = draft
    const others = [live.text, present.value?.text ?? ''].map((text) => JSON.stringify(withoutKey(text, key)))
    if (!config.value || others[0] !== others[1]) return
    const { [key]: value } = JSON.parse(live.text) as Record<string, unknown>
    const edited = withoutValue(config.value, [key])
    draft.text.value = `${JSON.stringify(value === undefined ? edited : { ...edited, [key]: value }, null, 2)}\n`
    present.value = live
  }

  async function replaced(request: () => Promise<unknown>, text: string): Promise<void> {
    isSaving.value = true
    const isDone = await attempt(async () => {
      await request()
      await load()
    })
    if (isDone) notice.value = { kind: 'success', text }
    isSaving.value = false
  }

  const save = () =>
    replaced(
      () => callAdmin('PUT', '/config', { version: present.value?.version, text: draft.text.value }),
      texts.t('save.done'),
    )
  /** Answers true where nothing would be lost, or the person agrees to lose it. */
  const mayLose = async (action: string) => !isChanged.value || (await ask(texts.t('confirm.lose'), action))
  const mayLoseSecret = async (action: string) =>
    !secret.value || (await ask(texts.t('sites.loseSecret', { key: secret.value.siteKey }), action))

  async function discard(): Promise<void> {
    if (await mayLose(texts.t('save.discard'))) await attempt(load)
  }

  async function takeNewer(): Promise<void> {
    if (await mayLose(texts.t('stale.load'))) await attempt(load)
  }

  async function goBack(id: string, until: string): Promise<void> {
    const sentence = texts.t('confirm.restore', { time: until })
    const loss = isChanged.value ? texts.t('confirm.lose') : ''
    if (!(await ask(`${sentence}${loss}`, texts.t('history.back')))) return
    await replaced(
      () => callAdmin('POST', '/versions/restore', { version: present.value?.version, id }),
      texts.t('history.done'),
    )
  }

  async function leave(): Promise<void> {
    if (!(await mayLose(texts.t('leave'))) || !(await mayLoseSecret(texts.t('leave')))) return
    secret.value = null
    await attempt(() => callAdmin('POST', '/logout', {}))
    present.value = null
    draft.text.value = ''
    stage.value = 'sign-in'
  }

  // Another person saved: shown while there is still little to lose, not only by the refused save.
  watch(checked, async (answer) => {
    // It may also be what this page is saving itself.
    await attempts
    const known = present.value?.version
    if (!answer || known === undefined || newer.value || answer.version === known) return
    // Without an answer the next check tells it.
    const live = await callAdmin<PresentConfig>('GET', '/config').catch(() => null)
    const isStillKnown = present.value?.version === known
    if (live && isStillKnown && live.version !== known) newer.value = { by: live.by, modifiedAt: live.modifiedAt }
  })

  const warnOfLoss = (event: BeforeUnloadEvent) => (isChanged.value || secret.value) && event.preventDefault()
  onMounted(() => {
    window.addEventListener('beforeunload', warnOfLoss)
    void attempt(async () => {
      const { isSignedIn } = await callAdmin<{ isSignedIn: boolean }>('GET', '/session')
      if (isSignedIn) await enter()
      else stage.value = 'sign-in'
    })
  })
  onUnmounted(() => {
    clearTimeout(countdown)
    window.removeEventListener('beforeunload', warnOfLoss)
  })

  const words = computed(() => ({
    pick: texts.pick,
    scene: (name: string) => texts.t('change.scene', { name }),
    rule: (network: string) => texts.t('change.rule', { network }),
    ruleField: (field: string | undefined) =>
      field === 'action'
        ? texts.t('rules.action')
        : field === 'until'
          ? texts.t('rules.lasting')
          : field === 'note'
            ? texts.t('rules.remark')
            : '',
    site: (key: string) => texts.t('change.site', { key }),
    siteField: (field: string | undefined) =>
      SITE_FIELDS.some((name) => name === field) ? texts.t(`sites.${field as SiteField}`) : (field ?? ''),
    yes: texts.t('form.yes'),
    no: texts.t('form.no'),
    empty: texts.t('form.empty'),
  }))
  const readValue = (json: string | undefined) =>
    json === undefined ? texts.t('change.none') : toReadableValue(json, words.value)

  return {
    ...texts,
    question,
    ask,
    answer,
    /** What a path of config.json is called. */
    toName: (path: string) => toReadablePath(path, groups.value, words.value),
    /** What a value has to be, or what else is wrong with it. */
    explain: ({ allowed, message }: Problem) =>
      allowed.en === '' ? texts.pick(message) : texts.t('form.must', { allowed: texts.pick(allowed) }),
    /** `4 → 5` */
    describe: ({ before, after }: Change) => `${readValue(before)} → ${readValue(after)}`,
    draft,
    stage,
    groups,
    present,
    notice,
    newer,
    checked,
    isDrawing,
    isChanged,
    isSaving,
    secret,
    mayLoseSecret,
    trafficScenes,
    canSave,
    problems,
    /** The problems of one field of the scene that is picked. */
    problemsAt: (path: string) => problems.value.filter((one) => one.path === toPath(draft.scene.value, path)),
    /** The problems that no field of the form shows: of other scenes, of rules, of what the form does not have. */
    problemsElsewhere: computed(() => {
      const shownGroups = groups.value.filter((one) => draft.scene.value === '' || !one.isRootOnly)
      const rows = shownGroups.flatMap((one) => one.rows)
      const shown = new Set(rows.map((row) => toPath(draft.scene.value, row.path)))
      return problems.value.filter(({ path }) => !shown.has(path))
    }),
    attempt,
    enter,
    load,
    discard,
    takeNewer,
    rebase,
    adopt,
    save,
    goBack,
    leave,
  }
}

export type Admin = ReturnType<typeof createAdmin>

const KEY: InjectionKey<Admin> = Symbol('administration')

export function provideAdmin(): Admin {
  const admin = createAdmin()
  provide(KEY, admin)
  return admin
}

/** Throws outside of the page. */
export function useAdmin(): Admin {
  const admin = inject(KEY)
  if (!admin) throw new Error('useAdmin() needs provideAdmin() above it')
  return admin
}

function withoutKey(text: string, key: string): unknown {
  const config: unknown = text === '' ? {} : JSON.parse(text)
  return isFields(config) ? withoutValue(config, [key]) : config
}
