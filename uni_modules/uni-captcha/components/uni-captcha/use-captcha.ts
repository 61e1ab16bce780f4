import { computed, onUnmounted, ref, shallowRef, watch } from 'vue'

import { BLANK_PICTURE, readAnswer, readFailure } from './answer'

/** `idle` is an empty scene: nothing is asked for. */
export type CaptchaPhase = 'idle' | 'loading' | 'ready' | 'expired' | 'failed'

/** What the logic needs from outside. */
export interface CaptchaSource {
  scene: () => string
  /** asks the cloud object; what it answers is checked here */
  load: (scene: string) => Promise<unknown>
  clearInput: () => void
  /** a changed scene loads by itself; this asks for the picture, and for the focus if the page wants it */
  onSceneChange: () => void
  nowMs: () => number
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: (callback: () => void, delayMs: number) => () => void
}

/**
 * The life of the picture on the screen, without any of the screen.
 *
 * One request per scene is in flight; whoever asks meanwhile is served by one more, sent when it answers: the server
 * keeps only the last picture it drew, and two requests at once could be drawn in another order than answered.
 */
export function useCaptcha(source: CaptchaSource) {
  const phase = ref<CaptchaPhase>('idle')
  const picture = shallowRef(BLANK_PICTURE)
  const failure = ref('')
  /** how many pictures have been shown */
  const shown = ref(0)

  const inFlight = new Set<string>()
  let isWanted = false
  let current = 0
  let expiresAtMs = Infinity
  let stopTimer = () => {}

  /** Asks for a new picture; without a scene it does nothing. */
  function renew(): void {
    stopTimer()
    const scene = source.scene()
    // Replies to whatever was asked before are late from now on.
    current++
    if (scene === '') {
      phase.value = 'idle'
      picture.value = BLANK_PICTURE
      return
    }
    phase.value = 'loading'
    source.clearInput()
    if (inFlight.has(scene)) isWanted = true
    else void send(scene)
  }

  async function send(scene: string): Promise<void> {
    const mine = current
    const sentAtMs = source.nowMs()
    isWanted = false
    inFlight.add(scene)
    try {
      const answer = await source.load(scene)
      if (mine === current) show(answer, sentAtMs)
    } catch (error) {
      if (mine === current) fail(error)
    } finally {
      inFlight.delete(scene)
      if (isWanted && scene === source.scene()) void send(scene)
    }
  }

  function show(answer: unknown, sentAtMs: number): void {
    const drawn = readAnswer(answer)
    if (!drawn) return fail(answer)
    picture.value = drawn
    phase.value = 'ready'
    shown.value++
    source.clearInput()
    expiresAtMs = drawn.lifetimeMs === null ? Infinity : sentAtMs + drawn.lifetimeMs
    if (expiresAtMs === Infinity) return
    stopTimer = source.schedule(() => (phase.value = 'expired'), Math.max(0, expiresAtMs - source.nowMs()))
  }

  function fail(error: unknown): void {
    failure.value = readFailure(error)
    phase.value = 'failed'
    picture.value = { ...picture.value, src: '' }
  }

  /** The user is here again: an expired picture is replaced. Timers sleep with the device, so the clock decides. */
  function renewIfExpired(): void {
    const isShown = phase.value === 'ready' || phase.value === 'expired'
    if (isShown && source.nowMs() >= expiresAtMs) renew()
  }

  watch(source.scene, () => {
    picture.value = BLANK_PICTURE
    source.onSceneChange()
  })

  onUnmounted(() => {
    stopTimer()
    isWanted = false
    current++
  })

  return {
    phase,
    picture,
    /** the server's words for the last failure, or empty */
    failure: computed(() => (phase.value === 'failed' ? failure.value : '')),
    shown,
    renew,
    renewIfExpired,
  }
}
