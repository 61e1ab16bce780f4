import { type Face, readAnswer, toFace } from '../uni_modules/uni-captcha/components/uni-captcha/answer'
import type { SolveOptions } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import { readTypedCaptcha } from '../uni_modules/uni-captcha/js_sdk/typed-text'
import { FormElement } from './form-element'
import { loadProof } from './proof-file'
import { createProofRun, type Given } from './proof-run'
import { post, ServiceError } from './service'
import { findTexts } from './texts'
import type { UniCaptchaWidgetElement } from './uni-captcha-widget'
import { createView, type Shown } from './view'

/** The server is where the script came from unless the element says otherwise. */
const SCRIPT = document.currentScript as HTMLScriptElement | null
/** Less is over before it is read. */
const MIN_TOLD_S = 3
/** What tells that the user is at the page. */
const SIGNS_OF_LIFE = ['focusin', 'pointerdown', 'keydown', 'visibilitychange']
// Browsers fire a longer timer at once.
const MAX_TIMER_MS = 2 ** 31 - 1

type Kind = 'image' | 'sum' | 'tap' | 'proof'

interface Asked {
  kind?: Kind
  /** by the user, who goes on in the input */
  isAsked?: boolean
  /** why there is another one */
  words?: string
}

/**
 * `<uni-captcha-widget sitekey="…" scene="…">`: a captcha in any form. Fills `uni-captcha-response` with a token.
 * Attributes: `sitekey`, `scene`, `server`, `name`, `required`, `disabled`, `theme` (`light`, `dark`), `lang`, `cdata`.
 * Events: `verified` (`detail.token`), `expired`, `cleared`, `failed` (`detail.errCode`).
 */
export class CaptchaWidget extends FormElement implements UniCaptchaWidgetElement {
  static readonly observedAttributes = ['sitekey', 'scene', 'server', 'name', 'required', 'theme', 'lang']

  private readonly view = createView(this.attachShadow({ mode: 'open', delegatesFocus: true }), {
    onChange: () => this.tapped(),
    onRenew: () => this.renewByUser(),
    onEnter: () => this.enter(),
    onBegin: () => void this.begin(),
  })
  private readonly proof = createProofRun({
    ask: () => this.ask({ kind: 'proof' }),
    load: () => loadProof(SCRIPT),
    redeem: (id, answer) => this.redeem(id, answer),
  })
  private challengeId = ''
  private kind: unknown
  private maxLength = 0
  /** Replies to what was asked before are late. */
  private turn = 0
  private isChanged = false
  private isLoading = false
  /** The user has asked for the next picture, and goes on in the input. */
  private wantsFocus = false
  /** An answer is on its way, or being computed. */
  private isAnswering = false
  private wantsSubmit = false
  /** of what is shown or given */
  private timer: ReturnType<typeof setTimeout> | undefined
  /** of a refusal */
  private waiting: ReturnType<typeof setTimeout> | undefined
  /** By the clock: timers stand still while a device sleeps. */
  private expiresAtMs = Infinity
  private refusedUntilMs = 0
  /** The challenge that was shown when a finger or a button went down. */
  private pressedId: string | undefined
  /** What is shown is worth nothing; when the user is back it is asked for anew. */
  private isStale = false
  private readonly dark = matchMedia('(prefers-color-scheme: dark)')
  private readonly onTheme = () => this.applyTheme()
  private readonly onLife = () => this.renewIfStale()
  private readonly onPageShow = ({ persisted }: PageTransitionEvent) => persisted && this.renew()

  constructor() {
    super()
    const { input, picture, link, status, box } = this.view
    picture.addEventListener('click', () => this.renewByUser())
    link.addEventListener('click', () => this.renew({ kind: 'proof', isAsked: true }))
    input.addEventListener('input', (event) => (event as InputEvent).isComposing || this.answerIfFull())
    input.addEventListener('compositionend', () => this.answerIfFull())
    // How long a sum's result is the picture does not tell.
    input.addEventListener('change', () => this.kind === 'sum' && void this.answer())
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return
      event.preventDefault()
      this.enter()
    })
    status.addEventListener('keydown', ({ key }) => key === 'Enter' && this.form?.requestSubmit())
    box.addEventListener('pointerdown', () => (this.pressedId = this.challengeId))
    box.addEventListener('pointercancel', () => (this.pressedId = undefined))
    box.addEventListener('click', (event) => this.dropLateClick(event), { capture: true })
    // Who presses the form's button before the token is there is not asked to press it again.
    this.addEventListener('invalid', () => (this.wantsSubmit = this.isAnswering))
  }

  connectedCallback(): void {
    this.dark.addEventListener('change', this.onTheme)
    for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, this.onLife)
    addEventListener('online', this.onLife)
    addEventListener('pageshow', this.onPageShow)
    this.renewSoon()
  }

  disconnectedCallback(): void {
    this.dark.removeEventListener('change', this.onTheme)
    for (const sign of SIGNS_OF_LIFE) document.removeEventListener(sign, this.onLife)
    removeEventListener('online', this.onLife)
    removeEventListener('pageshow', this.onPageShow)
    this.turn++
    clearTimeout(this.timer)
    clearTimeout(this.waiting)
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return
    if (name === 'theme') this.applyTheme()
    else if (name === 'required' || name === 'name') this.setToken(this.token)
    else this.renewSoon()
  }

  formResetCallback(): void {
    this.reset()
  }

  formDisabledCallback(isDisabled: boolean): void {
    const { input, picture, link } = this.view
    for (const control of [input, picture, link]) control.disabled = isDisabled
    this.view.tap.setDisabled(isDisabled)
    this.view.slide.setDisabled(isDisabled)
  }

  /** Asks anew; a token that was given is not sent any more. */
  reset(): void {
    if (Date.now() >= this.refusedUntilMs) return this.renew()
    this.turn++
    const hadToken = this.void()
    this.isAnswering = this.isLoading = false
    this.show({ notice: this.language().texts.retry })
    if (hadToken) this.tell('cleared')
  }

  private renewByUser(): void {
    this.wantsFocus = true
    // The same press may have been the sign that the user is back.
    if (!this.isLoading) this.renew({ isAsked: true })
  }

  private enter(): void {
    if (this.typed() === '') return this.form?.requestSubmit()
    void this.answer()
    // Pressed before its time, Enter hands nothing in.
    this.wantsSubmit = this.isAnswering
  }

  /** The press that brought a new picture is none on it: the person has seen the one before. */
  private dropLateClick(event: Event): void {
    const { pressedId } = this
    this.pressedId = undefined
    if (pressedId === undefined || pressedId === this.challengeId) return
    event.stopPropagation()
    this.view.answerField().focus()
  }

  private tapped(): void {
    // What is said of an answer, or of a wait, stands.
    if (this.isAnswering || Date.now() < this.refusedUntilMs) return
    this.view.say(this.view.tap.told(), 'quiet')
    void this.answer()
  }

  private renew(asked: Asked = {}): void {
    // Asked before its time the server would refuse again, and count that, too.
    if (Date.now() >= this.refusedUntilMs) void this.load(asked)
  }

  /** Attributes come one by one, and once more with the element itself: they are asked for together. */
  private renewSoon(): void {
    if (this.isChanged) return
    this.isChanged = true
    queueMicrotask(() => {
      this.isChanged = false
      this.refusedUntilMs = 0
      if (this.isConnected) this.renew()
    })
  }

  private renewIfStale(): void {
    if (document.visibilityState !== 'visible' || !navigator.onLine || this.isAnswering) return
    if (Date.now() >= this.expiresAtMs) this.expire()
    if (this.isStale) this.renew()
  }

  private async load({ kind, isAsked = false, words = '' }: Asked): Promise<void> {
    const turn = ++this.turn
    const hadToken = this.void()
    // Where a device slept, or an attribute changed, the timer of a refusal is behind the clock.
    clearTimeout(this.waiting)
    this.isAnswering = this.isStale = false
    this.isLoading = true
    this.wantsFocus = isAsked
    this.applyTheme()
    const { texts } = this.language()
    this.view.setTexts(texts)
    this.show('loading')
    this.view.say(words || texts.loading, words === '' ? 'quiet' : 'bad')
    if (hadToken) this.tell('cleared')
    // A listener may have asked anew, or removed the element.
    if (turn !== this.turn) return
    const { sitekey, scene } = this.asked()
    if (sitekey === '' || scene === '') return this.fail(new ServiceError('', texts.noScene))
    try {
      const given = await this.ask({ canTap: 'true', ...(kind && { kind }) })
      if (turn !== this.turn) return
      if (typeof given['token'] === 'string') return this.pass(given)
      this.challengeId = String(given['id'])
      this.kind = given['kind']
      if (this.kind === 'proof') {
        const face = toFace(given['face'])
        return face === 'auto' ? await this.prove(given, turn) : this.offer(given, face)
      }
      await this.showPicture(given, turn)
      if (turn !== this.turn) return
      this.view.say(words || (this.wantsFocus ? texts.updated : ''), words === '' ? 'quiet' : 'bad')
      if (this.wantsFocus) this.view.answerField().focus()
    } catch (error) {
      if (turn !== this.turn) return
      if (isWorkDemanded(error) && kind !== 'proof') this.renew({ kind: 'proof', isAsked })
      else this.fail(error)
    }
  }

  private async showPicture(given: Given, turn: number): Promise<void> {
    const { view } = this
    const picture = readAnswer(given)
    if (!picture) throw new ServiceError('', '')
    await view.draw(picture, () => turn === this.turn)
    if (turn !== this.turn) return
    this.isLoading = false
    view.input.value = ''
    view.setTexts(this.language().texts, picture.isSum)
    this.show('picture')
    view.input.inputMode = picture.isSum ? 'numeric' : 'text'
    view.link.hidden = !picture.hasAlternative
    this.maxLength = picture.maxLength
    if (picture.lifetimeMs !== null) this.expireIn(picture.lifetimeMs)
  }

  /** Begins by itself. */
  private async prove(given: Given, turn: number): Promise<void> {
    this.isLoading = false
    this.isAnswering = true
    this.view.showStatusAlone()
    this.tellMissing()
    this.view.say(this.language().texts.proofWorking, 'good')
    // The link or the input that had it is gone.
    if (this.wantsFocus) this.view.status.focus()
    const passed = await this.proof.prove(given, { isCurrent: () => turn === this.turn })
    if (passed) this.pass(passed)
  }

  /** The user begins it. */
  private offer(given: Given, face: Face): void {
    this.isLoading = false
    this.proof.offer(given)
    this.view.showStatusAlone()
    this.view.slide.offer(face, this.language().texts)
    this.view.say('', 'quiet')
    this.tellMissing()
    if (this.wantsFocus) this.view.answerField().focus()
  }

  private async begin(): Promise<void> {
    const { turn } = this
    const { texts } = this.language()
    const isCurrent = () => turn === this.turn
    const show = (share: number, leftS: number) => {
      const told = leftS < MIN_TOLD_S ? texts.proofWorking : texts.proofLeft.replace('{seconds}', String(leftS))
      this.view.slide.progress(share, told, texts.proofWorking)
    }
    this.isAnswering = true
    show(0, 0)
    this.view.say(texts.proofWorking, 'quiet')
    this.tellMissing()
    try {
      const onProgress: SolveOptions['onProgress'] = ({ share, leftMs = 0 }) => show(share, Math.ceil(leftMs / 1000))
      const passed = await this.proof.begin({ isCurrent, onProgress })
      if (passed) this.pass(passed)
    } catch (error) {
      if (isCurrent()) this.fail(error)
    }
  }

  private typed(): string {
    if (this.view.tap.isShown()) return this.view.tap.answer()
    return readTypedCaptcha(this.view.input.value).slice(0, this.maxLength)
  }

  private answerIfFull(): void {
    if (this.maxLength > 0 && this.typed().length >= this.maxLength) void this.answer()
  }

  private async answer(): Promise<void> {
    const typed = this.typed()
    // Before its time the server would refuse it again, and count that, too.
    const isTooEarly = Date.now() < this.refusedUntilMs
    if (typed === '' || this.token !== '' || this.isAnswering || isTooEarly) return
    const turn = this.turn
    clearTimeout(this.waiting)
    this.isAnswering = true
    this.view.say(this.language().texts.busy, 'good')
    try {
      const given = await this.redeem(this.challengeId, typed)
      if (turn === this.turn) this.pass(given)
    } catch (error) {
      if (turn !== this.turn) return
      this.isAnswering = this.wantsSubmit = false
      const isAboutAnswer = error instanceof ServiceError && /-(verify-fail|verify-overdue)$/.test(error.errCode)
      if (isAboutAnswer) this.renew({ isAsked: true, words: error.message })
      else if (isWorkDemanded(error)) this.renew({ kind: 'proof', isAsked: true })
      else this.fail(error)
    }
  }

  private ask(fields: { kind?: Kind; canTap?: string }): Promise<Given> {
    return post(this.url('challenge'), {
      ...this.asked(),
      locale: this.language().locale,
      ...fields,
      ...this.cdata(),
    })
  }

  private redeem(id: string, answer: string): Promise<Given> {
    return post(this.url('answer'), { id, answer, locale: this.language().locale, ...this.cdata() })
  }

  private pass({ token, expiresIn }: Given): void {
    this.isAnswering = this.isLoading = false
    const hadFocus = this.view.answerField().matches(':focus')
    this.view.showStatusAlone()
    this.setToken(String(token))
    // Before the focus moves: that is a sign of life, which looks whether what is there has expired.
    this.expireIn(Number(expiresIn) * 1000)
    this.view.say(this.language().texts.proofDone, 'good')
    // The next Tab goes on from here, and Enter still sends the form.
    if (hadFocus) this.view.status.focus()
    this.tell('verified', { token: this.token })
    const { wantsSubmit } = this
    this.wantsSubmit = false
    if (wantsSubmit) this.form?.requestSubmit()
  }

  /** Where the answer failed, and not the picture, that stays: the same answer may be handed in again. */
  private fail(error: unknown): void {
    const { texts } = this.language()
    const { errCode, message, retryAfter } = error instanceof ServiceError ? error : new ServiceError('', '')
    const isPictureLost = this.maxLength === 0
    const failed = isPictureLost ? texts.failed : texts.proofFailed
    // What was pressed to load it is hidden, and has lost the focus by that.
    const isAskedInVain = this.isLoading && this.wantsFocus
    this.isAnswering = this.isLoading = this.wantsSubmit = false
    if (isPictureLost) {
      const { slide, status, tap, picture } = this.view
      const hadFocus = isAskedInVain || [slide.track, status].some((shown) => shown.matches(':focus'))
      this.view.clear()
      this.show({ notice: texts.retry })
      // What was computed or waited for is over; the next key tries again.
      if (hadFocus) (tap.isShown() ? tap.renew : picture).focus()
      this.isStale = errCode === '' && !navigator.onLine
    }
    this.view.say(message || (navigator.onLine ? failed : texts.offline))
    if (retryAfter > 0) this.waitFor(retryAfter * 1000)
    this.tell('failed', { errCode })
  }

  private waitFor(ms: number): void {
    clearTimeout(this.waiting)
    this.refusedUntilMs = Date.now() + ms
    const goOn = () => {
      this.refusedUntilMs = 0
      // A picture that stayed can be answered now; what was tapped on it there is no key to hand in by.
      if (this.maxLength > 0) {
        this.view.say('', 'quiet')
        return this.view.tap.isShown() ? void this.answer() : undefined
      }
      this.isStale = true
      this.renewIfStale()
    }
    this.waiting = setTimeout(goOn, Math.min(ms, MAX_TIMER_MS))
  }

  private expireIn(ms: number): void {
    clearTimeout(this.timer)
    this.expiresAtMs = Date.now() + ms
    this.timer = setTimeout(() => this.expire(), Math.min(ms, MAX_TIMER_MS))
  }

  /** A page that is left open does not ask for ever: the next picture comes when the user does. */
  private expire(): void {
    // An answer on its way is judged by the server.
    if (this.isAnswering) return
    const { texts } = this.language()
    this.turn++
    const hadToken = this.void()
    this.isStale = true
    this.show({ notice: texts.expired })
    this.view.say(texts.proofLate, hadToken ? 'bad' : 'quiet')
    if (hadToken) this.tell('expired')
  }

  /**
   * Nothing that was shown or given counts any more. Answers whether there was a token: the page is told of that last,
   * because a listener may ask anew at once.
   */
  private void(): boolean {
    const hadToken = this.token !== ''
    clearTimeout(this.timer)
    this.wantsSubmit = false
    this.expiresAtMs = Infinity
    this.maxLength = 0
    this.view.input.value = ''
    this.view.tap.clear()
    this.setToken('')
    return hadToken
  }

  /** A form that is sent without a token points at what is shown. */
  private show(shown: Shown): void {
    this.view.show(shown, this.language().texts)
    this.tellMissing()
  }

  /** What a form that is sent without a token says: what there is to do now. */
  protected tellMissing(): void {
    const isMissing = this.token === '' && this.required
    const { texts } = this.language()
    // Before the first picture the input asks for nothing yet, and a form does not take an empty sentence.
    const asked = this.view.tap.isShown() ? texts.tapHint : this.view.input.placeholder || texts.placeholder
    const { slide } = this.view
    const isWorking = this.kind === 'proof' && this.isAnswering
    const words = isWorking ? texts.proofWorking : slide.isShown() ? slide.track.getAttribute('aria-label')! : asked
    this.internals.setValidity({ valueMissing: isMissing }, isMissing ? words : '', this.view.answerField())
  }

  private tell(event: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }))
  }

  private language() {
    const element = this.closest<HTMLElement>('[lang]')
    return findTexts(element?.lang || navigator.language)
  }

  private asked(): { sitekey: string; scene: string } {
    return { sitekey: this.getAttribute('sitekey') ?? '', scene: this.getAttribute('scene') ?? '' }
  }

  private cdata(): { cdata?: string } {
    const cdata = this.getAttribute('cdata')
    return cdata ? { cdata } : {}
  }

  private applyTheme(): void {
    const theme = this.getAttribute('theme')
    const isDark = theme === 'dark' || (theme !== 'light' && this.dark.matches)
    this.view.box.classList.toggle('uni-captcha-theme--dark', isDark)
  }

  private url(path: string): string {
    const server = this.getAttribute('server') || (SCRIPT?.src ?? '').replace(/\/widget\/.*$/, '')
    return `${server.replace(/\/$/, '')}/${path}`
  }
}

/** The address has come past its soft limit: its device computes instead, unasked. */
function isWorkDemanded(error: unknown): boolean {
  return error instanceof ServiceError && error.errCode === 'uni-captcha-proof-required'
}

if (!customElements.get('uni-captcha-widget')) customElements.define('uni-captcha-widget', CaptchaWidget)
