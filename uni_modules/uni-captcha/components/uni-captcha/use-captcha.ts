import { onUnmounted, ref, shallowRef, watch } from 'vue'

import { BLANK_PICTURE, readAnswer, readFailure } from './answer'

import type { CaptchaPicture } from './answer'
import type { PictureSize } from './picture-size'

/** `idle` is an empty scene: nothing is asked for. */
export type CaptchaPhase = 'idle' | 'loading' | 'ready' | 'expired' | 'failed'

/** What the logic needs from outside. */
export interface CaptchaSource {
  scene: () => string
  /** asks the cloud object; what it answers is checked here */
  load: (scene: string) => Promise<unknown>
  /** whether anything is typed, which a new picture would make worthless */
  isTyped: () => boolean
  clearInput: () => void
  /** takes a token that came in a picture's place; false where there is none in the answer */
  accept: (answer: unknown) => boolean
  /** a changed scene loads by itself; this asks for the picture, and for the focus if the page wants it */
  onSceneChange: () => void
  /** how large the scene's pictures were the last time */
  recallSize: (scene: string) => PictureSize | undefined
  rememberSize: (scene: string, size: PictureSize) => void
  nowMs: () => number
  /** calls back once after `delayMs`; returns a function that stops it */
  schedule: (callback: () => void, delayMs: number) => () => void
}

/** How long the server has refused to draw, in seconds: as it was told, and what is left of it. */
interface Wait {
  toldS: number
  leftS: number
}

const NO_WAIT: Wait = { toldS: 0, leftS: 0 }

/**
 * The life of the picture on the screen, without any of the screen.
 *
 * One request per scene is in flight; requests made meanwhile are served by one more, sent when it answers: the server
 * keeps only the last picture it drew, and two requests at once could be drawn in another order than answered.
 */
export function useCaptcha(source: CaptchaSource) {
  const phase = ref<CaptchaPhase>('idle')
  const picture = shallowRef(blankFor(source.scene()))
  /** what the last load was rejected with; means something while the phase is `failed` */
  const failure = shallowRef<unknown>()
  const wait = shallowRef(NO_WAIT)
  /** the picture expired and was replaced although something was typed */
  const isReplaced = ref(false)
  /** how many pictures have been shown */
  const shown = ref(0)

  const inFlight = new Set<string>()
  let isWanted = false
  let current = 0
  let expiresAtMs = Infinity
  let refused = { scene: '', untilMs: 0 }
  let stopTimer = () => {}

  function blankFor(scene: string): CaptchaPicture {
    return { ...BLANK_PICTURE, ...(scene === '' ? undefined : source.recallSize(scene)) }
  }

  /** Asks for a new picture; without a scene, or while the server has asked to wait, it does not. */
  function renew(): void {
    stopTimer()
    isReplaced.value = false
    const scene = source.scene()
    // Replies to whatever was asked before are late from now on.
    current++
    if (scene === '') {
      phase.value = 'idle'
      picture.value = BLANK_PICTURE
    } else if (scene === refused.scene && source.nowMs() < refused.untilMs) {
      // Asked before its time it would refuse again, and count that, too.
      phase.value = 'failed'
      countDown()
    } else {
      phase.value = 'loading'
      source.clearInput()
      if (inFlight.has(scene)) isWanted = true
      else void send(scene)
    }
  }

  async function send(scene: string): Promise<void> {
    const mine = current
    const sentAtMs = source.nowMs()
    isWanted = false
    inFlight.add(scene)
    try {
      const answer = await source.load(scene)
      if (mine === current) show(answer, scene, sentAtMs)
    } catch (error) {
      if (mine === current) fail(error, scene)
    } finally {
      inFlight.delete(scene)
      if (isWanted && scene === source.scene()) void send(scene)
    }
  }

  function show(answer: unknown, scene: string, sentAtMs: number): void {
    const drawn = readAnswer(answer)
    if (!drawn && source.accept(answer)) {
      phase.value = 'idle'
      return
    }
    if (!drawn) return fail(answer, scene)
    picture.value = drawn
    source.rememberSize(scene, drawn)
    phase.value = 'ready'
    shown.value++
    source.clearInput()
    expiresAtMs = drawn.lifetimeMs === null ? Infinity : sentAtMs + drawn.lifetimeMs
    if (expiresAtMs === Infinity) return
    stopTimer = source.schedule(() => (phase.value = 'expired'), Math.max(0, expiresAtMs - source.nowMs()))
  }

  function fail(error: unknown, scene: string): void {
    const { waitS = 0, errCode } = readFailure(error) ?? {}
    // Work is the way through at once; the wait is told to clients that cannot work.
    const toldS = errCode === 'uni-captcha-proof-required' ? 0 : waitS
    failure.value = error
    phase.value = 'failed'
    picture.value = { ...picture.value, src: '' }
    refused = { scene, untilMs: source.nowMs() + toldS * 1000 }
    wait.value = { toldS, leftS: toldS }
    countDown()
  }

  /** The picture on the screen is of no use. */
  function giveUp(error: unknown): void {
    stopTimer()
    fail(error, source.scene())
  }

  /** Goes by the clock: timers stand still while a device sleeps. */
  function countDown(): void {
    const leftMs = Math.max(0, refused.untilMs - source.nowMs())
    wait.value = { ...wait.value, leftS: Math.ceil(leftMs / 1000) }
    if (leftMs > 0) stopTimer = source.schedule(countDown, leftMs % 1000 || 1000)
  }

  /** The user is here again: an expired picture is replaced. Timers sleep with the device, so the clock decides. */
  function renewIfExpired(): void {
    const isShown = phase.value === 'ready' || phase.value === 'expired'
    if (!isShown || source.nowMs() < expiresAtMs) return
    const isLost = source.isTyped()
    renew()
    isReplaced.value = isLost
  }

  /** The page or the network is back: what failed without a word of the server is tried again, too. */
  function renewIfStale(): void {
    if (phase.value === 'failed' && !readFailure(failure.value)) renew()
    else renewIfExpired()
  }

  watch(source.scene, (scene) => {
    picture.value = blankFor(scene)
    source.onSceneChange()
  })

  onUnmounted(() => {
    stopTimer()
    isWanted = false
    current++
  })

  return { phase, picture, failure, wait, shown, isReplaced, renew, renewIfExpired, renewIfStale, giveUp }
}
