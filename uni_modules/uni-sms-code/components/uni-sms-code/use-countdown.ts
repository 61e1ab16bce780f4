import { computed, onUnmounted, ref, shallowRef, watch } from 'vue'

import { cooldownKey, findLatest, getWait, mergeCooldowns, readCooldowns, withCooldown } from './cooldowns'

/** What the countdown needs from outside. */
export interface CountdownSource {
  /** what is kept apart in storage: the scene, with its channel */
  purpose: () => string
  /** the number or address entered, or empty while it is not whole */
  address: () => string
  /** what is stored under a key, anything at all; may throw */
  load: (key: string) => unknown
  save: (key: string, value: unknown) => void
  nowMs: () => number
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: (callback: () => void, delayMs: number) => () => void
}

/**
 * When the next code can be sent to the number entered. The end is an absolute time in storage, one for each number or
 * address and scene: it holds after a reload and in another tab, and timers that slept do not matter.
 */
export function useCountdown(source: CountdownSource) {
  const cooldowns = shallowRef(stored())
  const nowMs = ref(source.nowMs())
  let stopTimer = () => {}
  let isHere = true

  const waitMs = computed(() => {
    const address = source.address()
    const cooldown = address === '' ? findLatest(cooldowns.value) : cooldowns.value[cooldownKey(address)]
    return getWait(cooldown, nowMs.value)
  })
  const seconds = computed(() => Math.ceil((waitMs.value ?? 0) / 1000))
  /** `never` is one that nothing was sent to lately */
  const state = computed(() => {
    if (seconds.value > 0) return 'waiting'
    return waitMs.value === undefined || source.address() === '' ? 'never' : 'over'
  })

  function start(address: string, waitS: number): void {
    nowMs.value = source.nowMs()
    cooldowns.value = withCooldown(mergeCooldowns(cooldowns.value, stored()), address, waitS * 1000, nowMs.value)
    try {
      source.save(storageKey(), cooldowns.value)
    } catch {
      // A full or forbidden storage: it counts for this page only.
    }
    tick()
  }

  /** The storage may have changed, or time have passed unnoticed. */
  function refresh(): void {
    cooldowns.value = mergeCooldowns(cooldowns.value, stored())
    tick()
  }

  function tick(): void {
    stopTimer()
    // An answer may come when the form has gone: what it says is kept, and nothing ticks.
    if (!isHere) return
    nowMs.value = source.nowMs()
    const left = waitMs.value ?? 0
    if (left > 0) stopTimer = source.schedule(tick, left % 1000 || 1000)
  }

  function stored() {
    try {
      return readCooldowns(source.load(storageKey()))
    } catch {
      return {}
    }
  }

  function storageKey(): string {
    return `uni-sms-code:${source.purpose()}`
  }

  watch(source.purpose, () => {
    cooldowns.value = stored()
    tick()
  })
  watch(source.address, tick)
  tick()
  onUnmounted(() => {
    isHere = false
    stopTimer()
  })

  return { seconds, state, start, refresh }
}
