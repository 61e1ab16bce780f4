import type { Face } from '../uni_modules/uni-captcha/components/uni-captcha/answer'
import { HANDLE_PX, MIN_SLIDE } from '../uni_modules/uni-captcha/components/uni-captcha/slide'
import { isOfBrowser } from './keys'
import type { Make } from './tap'
import type { Texts } from './texts'

/** What a proof of work is begun with, by a slide, a tap or a key, and where its progress is shown after that. */
export function createSlide(make: Make, onBegin: () => void) {
  let isOffered = false
  let isDisabled = false
  let fromPx = 0
  let lengthPx = 0
  /** The click that ends a slide is not a tap. */
  let isSliding = false

  const done = make('div', 'uni-captcha__track-done')
  const words = make('span', 'uni-captcha__track-words')
  words.setAttribute('aria-hidden', 'true')
  const handle = make('div', 'uni-captcha__handle')
  const track = make('div', 'uni-captcha__track', done, words, handle)
  track.hidden = true

  track.addEventListener('click', () => !isSliding && begin())
  track.addEventListener('keydown', (event) => {
    if (isOfBrowser(event) || !isOffered || !/^(Enter| |Arrow.*)$/.test(event.key)) return
    event.preventDefault()
    if (!event.repeat) begin()
  })
  track.addEventListener('pointerdown', ({ button, clientX, pointerId }) => {
    if (button !== 0 || handle.hidden) return
    fromPx = clientX
    lengthPx = track.clientWidth - HANDLE_PX
    track.setPointerCapture(pointerId)
  })
  track.addEventListener('pointermove', ({ clientX }) => {
    if (lengthPx <= 0 || handle.hidden) return
    const share = (clientX - fromPx) / lengthPx
    if (share > MIN_SLIDE) isSliding = true
    place(share)
    if (share >= 1) begin()
  })
  for (const name of ['pointerup', 'pointercancel']) track.addEventListener(name, release)

  function place(share: number): void {
    handle.style.left = `calc((100% - ${HANDLE_PX}px) * ${Math.min(Math.max(share, 0), 1)})`
  }

  function release(): void {
    lengthPx = 0
    place(0)
    setTimeout(() => (isSliding = false))
  }

  function begin(): void {
    if (isOffered && !isDisabled) onBegin()
  }

  function name(role: string, label: string): void {
    track.setAttribute('role', role)
    track.setAttribute('aria-label', label)
  }

  function setTabStop(): void {
    track.tabIndex = isOffered && !isDisabled ? 0 : -1
  }

  return {
    track,
    isShown: () => !track.hidden,
    hide(): void {
      track.hidden = true
    },
    /** Waits for the user to begin. */
    offer(face: Face, texts: Texts): void {
      track.hidden = false
      isOffered = done.hidden = true
      handle.hidden = face !== 'slide'
      words.textContent = face === 'slide' ? texts.proofSlide : texts.proofPress
      name('button', words.textContent)
      for (const value of ['min', 'max', 'now']) track.removeAttribute(`aria-value${value}`)
      track.classList.add('uni-captcha__track--offered')
      setTabStop()
    },
    /** Shows how much is done, 0–1, and `told` of it; `label` is what is going on. */
    progress(share: number, told: string, label: string): void {
      const percent = `${Math.round(share * 100)}`
      isOffered = done.hidden = false
      handle.hidden = true
      words.textContent = told
      done.style.width = `${percent}%`
      name('progressbar', label)
      for (const [value, at] of Object.entries({ min: '0', max: '100', now: percent })) {
        track.setAttribute(`aria-value${value}`, at)
      }
      track.classList.remove('uni-captcha__track--offered')
      setTabStop()
    },
    setDisabled(state: boolean): void {
      isDisabled = state
      setTabStop()
    },
  }
}
