import { computed, onMounted, onUnmounted, ref, watch } from 'vue'

import { callAdmin } from './api'
import { createLatest } from './latest'
import { DAY_MS, toSpan, toDay, toPeriods } from './periods'
import { HOUR_MS, hoursWithin, startOfHour, sumByScene, sumPeriod } from './scene-statistics'
import { useAdmin } from './use-admin'

import type { Period } from './scene-statistics'
import type { Days, Periods, SpanName } from './periods'
import type { MessageStatistics, SceneHour, SmsBudget } from '../../uni_modules/uni-captcha/types/protocol'

const REFRESH_MS = 60_000

/** The numbers of the overview, read anew when another time is asked for and, if wanted, every minute. */
export function useOverview() {
  const { attempt, trafficScenes } = useAdmin()
  const span = ref<SpanName>('today')
  const days = ref<Days>({ first: toDay(Date.now() - 6 * DAY_MS), last: toDay(Date.now()) })
  const isAutomatic = ref(true)
  const loading = ref(0)
  const latest = createLatest()
  const hours = ref<SceneHour[] | null>(null)
  const periods = ref<Periods | undefined>(undefined)
  const loadedAt = ref<number | undefined>(undefined)
  const budgets = ref<SmsBudget[]>([])
  const messages = ref<MessageStatistics>({ hours: [], costs: [], errors: [] })
  let timer: ReturnType<typeof setInterval> | undefined

  const isWrongSpan = computed(() => toPeriods(span.value, Date.now(), days.value) === undefined)
  const shown = computed(() => (periods.value ? hoursWithin(hours.value ?? [], periods.value.present) : []))
  const toSum = (period: Period | undefined) => period && sumPeriod(hours.value ?? [], period)
  /** The hour that has just begun is counted whole: all of it is of this period. */
  const present = computed(() => {
    const { from, to } = periods.value?.present ?? { from: 0, to: 0 }
    return toSum({ from, to: Math.ceil(to / HOUR_MS) * HOUR_MS })
  })
  const before = computed(() => toSum(periods.value?.before))
  const weekBefore = computed(() => toSum(periods.value?.weekBefore))

  async function load(): Promise<void> {
    const asked = toPeriods(span.value, Date.now(), days.value)
    if (!asked) return
    const { from, to } = toSpan(asked)
    loading.value++
    await attempt(() =>
      latest(
        () =>
          Promise.all([
            callAdmin<{ hours: SceneHour[] }>('GET', `/statistics?from=${from}&to=${to}`),
            callAdmin<{ budgets: SmsBudget[] }>('GET', '/sms'),
            callAdmin<MessageStatistics>(
              'GET',
              `/messages?from=${startOfHour(asked.present.from)}&to=${asked.present.to}`,
            ),
          ]),
        ([answer, sms, sent]) => {
          budgets.value = sms.budgets
          messages.value = sent
          periods.value = asked
          hours.value = answer.hours
          loadedAt.value = Date.now()
          trafficScenes.value = sumByScene(answer.hours).map(({ scene }) => scene)
        },
      ),
    )
    loading.value--
  }

  onMounted(() => {
    void load()
    timer = setInterval(() => {
      if (isAutomatic.value && !document.hidden) void load()
    }, REFRESH_MS)
  })
  onUnmounted(() => clearInterval(timer))
  watch([span, days], load)

  return {
    span,
    days,
    isAutomatic,
    isLoading: computed(() => loading.value > 0),
    isWrongSpan,
    loadedAt,
    periods,
    /** the hours of the period that is shown; empty before the first answer */
    shown,
    isLoaded: computed(() => hours.value !== null),
    sums: computed(() => sumByScene(shown.value)),
    present,
    before,
    weekBefore,
    /** of SMS codes, by scene; none where the project sends none */
    budgets,
    /** what became of messages in the period that is shown, and why some were not sent */
    messages,
    /** whether the project sends codes at all */
    sendsMessages: computed(() => budgets.value.length > 0 || messages.value.hours.length > 0),
    load,
  }
}
