import { readAnswer } from '../uni_modules/uni-captcha/components/uni-captcha/answer'
import captchaCss from '../uni_modules/uni-captcha/components/uni-captcha/uni-captcha.css'
import themeCss from '../uni_modules/uni-captcha/components/uni-captcha/theme.css'
import type { Challenge } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import { solveChallenge } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import { readTypedCaptcha } from '../uni_modules/uni-captcha/js_sdk/typed-text'
import { drawPicture } from './picture'
import { post, ServiceError } from './service'
import { findTexts } from './texts'
import widgetCss from './widget.css'

/** Where the script came from; the server is there unless the element says otherwise. */
const SCRIPT = (document.currentScript as HTMLScriptElement | null)?.src ?? ''
const DEFAULT_NAME = 'uni-captcha-response'

type Kind = 'image' | 'sum' | 'proof'

/**
 * `<uni-captcha-widget sitekey="…" scene="…">`: a captcha in any form. Fills `uni-captcha-response` with a token.
 * Attributes: `sitekey`, `scene`, `server`, `name`, `required`, `disabled`, `theme` (`light`, `dark`), `lang`, `cdata`.
 * Events: `verified` (`detail.token`), `expired`, `failed` (`detail.errCode`).
 */
export class CaptchaWidget extends HTMLElement {
  static readonly formAssociated = true
  static readonly observedAttributes = ['sitekey', 'scene', 'server', 'name', 'required', 'theme', 'lang']

  private readonly internals = this.attachInternals()
  private readonly root = createRoot(this.attachShadow({ mode: 'open', delegatesFocus: true }))
  private token = ''
  private challengeId = ''
  private maxLength = 0
  /** Replies to what was asked before are late. */
  private turn = 0
  private isAnswering = false
  private wantsSubmit = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly dark = matchMedia('(prefers-color-scheme: dark)')
  private readonly onTheme = () => this.applyTheme()

  constructor() {
    super()
    const { input, picture, link, status } = this.root
    picture.addEventListener('click', () => this.renew({ isAsked: true }))
    link.addEventListener('click', () => this.renew({ kind: 'proof', isAsked: true }))
    input.addEventListener('input', (event) => {
      if ((event as InputEvent).isComposing || this.maxLength === 0) return
      this.updateValidity()
      if (this.typed().length >= this.maxLength) void this.answer()
    })
    status.addEventListener('keydown', ({ key }) => key === 'Enter' && this.form?.requestSubmit())
    input.addEventListener('change', () => void this.answer())
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return
      event.preventDefault()
      this.wantsSubmit = this.typed() !== ''
      void this.answer()
    })
    // Who presses the form's button right after typing is not asked to press it again.
    this.addEventListener('invalid', () => (this.wantsSubmit = this.isAnswering))
  }

  connectedCallback(): void {
    this.dark.addEventListener('change', this.onTheme)
    this.renew()
  }

  disconnectedCallback(): void {
    this.dark.removeEventListener('change', this.onTheme)
    this.turn++
    clearTimeout(this.timer)
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return
    if (name === 'theme') this.applyTheme()
    else if (name === 'required' || name === 'name') this.setToken(this.token)
    else this.renew()
  }

  formResetCallback(): void {
    this.renew()
  }

  formDisabledCallback(isDisabled: boolean): void {
    for (const control of [this.root.input, this.root.picture, this.root.link]) control.disabled = isDisabled
  }

  /** The token, empty until the captcha is solved. */
  get value(): string {
    return this.token
  }

  get form(): HTMLFormElement | null {
    return this.internals.form
  }

  get validity(): ValidityState {
    return this.internals.validity
  }

  get validationMessage(): string {
    return this.internals.validationMessage
  }

  checkValidity(): boolean {
    return this.internals.checkValidity()
  }

  reportValidity(): boolean {
    return this.internals.reportValidity()
  }

  /** Asks anew; a token that was given is not sent any more. */
  reset(): void {
    this.renew()
  }

  private renew(asked: { kind?: Kind; isAsked?: boolean; words?: string } = {}): void {
    void this.load(asked)
  }

  private async load({ kind, isAsked = false, words = '' }: { kind?: Kind; isAsked?: boolean; words?: string }) {
    const turn = ++this.turn
    clearTimeout(this.timer)
    this.applyTheme()
    const { texts, locale } = this.language()
    const { root } = this
    root.input.value = ''
    this.maxLength = 0
    this.isAnswering = false
    root.input.placeholder = texts.placeholder
    root.input.setAttribute('aria-label', texts.label)
    root.picture.setAttribute('aria-label', texts.refresh)
    root.picture.setAttribute('aria-busy', 'true')
    root.canvas.setAttribute('aria-label', texts.image)
    root.link.textContent = texts.proofOffer
    root.link.hidden = true
    root.row.hidden = false
    this.setToken('')
    this.say(words)
    const [sitekey, scene] = [this.getAttribute('sitekey') ?? '', this.getAttribute('scene') ?? '']
    if (sitekey === '' || scene === '') return this.say(texts.noScene)
    try {
      const fields = { sitekey, scene, locale, ...(kind && { kind }), ...this.cdata() }
      const given = await post(this.url('challenge'), fields)
      if (turn !== this.turn) return
      if (typeof given['token'] === 'string') return this.pass(given)
      this.challengeId = String(given['id'])
      if (given['kind'] === 'proof') return await this.prove(given, turn)
      await this.show(given, turn)
      if (turn === this.turn && isAsked) root.input.focus()
    } catch (error) {
      if (turn !== this.turn) return
      if (isWorkDemanded(error) && kind !== 'proof') this.renew({ kind: 'proof', isAsked })
      else this.fail(error)
    }
  }

  private async show(given: Record<string, unknown>, turn: number): Promise<void> {
    const { root } = this
    const picture = readAnswer(given)
    if (!picture) throw new ServiceError('', '')
    const isDrawn = await drawPicture(root.canvas, picture.src)
    if (turn !== this.turn) return
    root.canvas.hidden = !isDrawn
    root.image.hidden = isDrawn
    const shown = isDrawn ? root.canvas : root.image
    if (!isDrawn) [root.image.src, root.image.alt] = [picture.src, this.language().texts.image]
    // Set by script, which a content security policy does not count as an inline style.
    shown.style.width = root.picture.style.width = `${picture.widthPx}px`
    shown.style.height = root.picture.style.minHeight = `${picture.heightPx}px`
    this.maxLength = picture.maxLength
    root.input.inputMode = given['kind'] === 'sum' ? 'numeric' : 'text'
    root.link.hidden = !picture.hasAlternative
    root.picture.setAttribute('aria-busy', 'false')
    this.updateValidity()
    if (picture.lifetimeMs !== null) this.timer = setTimeout(() => this.renew(), picture.lifetimeMs)
  }

  private async prove(given: Record<string, unknown>, turn: number): Promise<void> {
    const { texts } = this.language()
    this.root.row.hidden = true
    this.say(texts.proofWorking, true)
    const asked = given as unknown as Challenge
    const solutions = await solveChallenge(asked, { isCancelled: () => turn !== this.turn })
    if (!solutions || turn !== this.turn) return
    await this.send(JSON.stringify({ challenge: asked.challenge, solutions }), turn)
  }

  private typed(): string {
    return readTypedCaptcha(this.root.input.value).slice(0, this.maxLength)
  }

  private async answer(): Promise<void> {
    const typed = this.typed()
    if (typed === '' || this.token !== '' || this.isAnswering) return
    const turn = this.turn
    this.isAnswering = true
    this.say(this.language().texts.busy, true)
    try {
      await this.send(typed, turn)
    } catch (error) {
      if (turn !== this.turn) return
      this.isAnswering = this.wantsSubmit = false
      const isAboutAnswer = error instanceof ServiceError && /-(verify-fail|verify-overdue)$/.test(error.errCode)
      if (isAboutAnswer) this.renew({ isAsked: true, words: error.message })
      else if (isWorkDemanded(error)) this.renew({ kind: 'proof', isAsked: true })
      else this.fail(error)
    }
  }

  private async send(answer: string, turn: number): Promise<void> {
    const fields = { id: this.challengeId, answer, locale: this.language().locale, ...this.cdata() }
    const given = await post(this.url('answer'), fields)
    if (turn === this.turn) this.pass(given)
  }

  private pass({ token, expiresIn }: Record<string, unknown>): void {
    const { texts } = this.language()
    this.isAnswering = false
    const hadFocus = this.root.input.matches(':focus')
    this.root.row.hidden = true
    this.root.link.hidden = true
    this.setToken(String(token))
    this.say(texts.proofDone, true)
    // The next Tab goes on from here, and Enter still sends the form.
    if (hadFocus) this.root.status.focus()
    clearTimeout(this.timer)
    this.timer = setTimeout(
      () => {
        this.dispatchEvent(new CustomEvent('expired', { bubbles: true }))
        this.renew()
      },
      Number(expiresIn) * 1000,
    )
    this.dispatchEvent(new CustomEvent('verified', { bubbles: true, detail: { token: this.token } }))
    const { wantsSubmit } = this
    this.wantsSubmit = false
    if (wantsSubmit) this.form?.requestSubmit()
  }

  private fail(error: unknown): void {
    const { texts } = this.language()
    const { errCode, message, retryAfter } = error instanceof ServiceError ? error : new ServiceError('', '')
    this.root.picture.setAttribute('aria-busy', 'false')
    this.root.picture.setAttribute('aria-label', texts.retry)
    this.say(message || (navigator.onLine ? texts.failed : texts.offline))
    clearTimeout(this.timer)
    this.root.row.hidden = false
    if (retryAfter > 0) this.timer = setTimeout(() => this.renew(), retryAfter * 1000)
    this.dispatchEvent(new CustomEvent('failed', { bubbles: true, detail: { errCode } }))
  }

  private setToken(token: string): void {
    this.token = token
    if (token === '') this.internals.setFormValue(null)
    else {
      const data = new FormData()
      data.append(this.getAttribute('name') || DEFAULT_NAME, token)
      this.internals.setFormValue(data)
    }
    this.updateValidity()
  }

  private updateValidity(): void {
    const { texts } = this.language()
    const isMissing = this.token === '' && this.hasAttribute('required')
    if (isMissing) this.internals.setValidity({ valueMissing: true }, texts.placeholder, this.root.input)
    else this.internals.setValidity({})
  }

  private say(words: string, isGood = false): void {
    const { status } = this.root
    status.classList.toggle('uni-captcha__status--shown', words !== '')
    status.classList.toggle('uni-captcha__done', isGood)
    status.textContent = words
  }

  private language() {
    const element = this.closest<HTMLElement>('[lang]')
    return findTexts(element?.lang || navigator.language)
  }

  private cdata(): { cdata?: string } {
    const cdata = this.getAttribute('cdata')
    return cdata ? { cdata } : {}
  }

  private applyTheme(): void {
    const theme = this.getAttribute('theme')
    const isDark = theme === 'dark' || (theme !== 'light' && this.dark.matches)
    this.root.box.classList.toggle('uni-captcha-theme--dark', isDark)
  }

  private url(path: string): string {
    const server = this.getAttribute('server') || SCRIPT.replace(/\/widget\/.*$/, '')
    return `${server.replace(/\/$/, '')}/${path}`
  }
}

/** The address has come past its soft limit: its device computes instead, unasked. */
function isWorkDemanded(error: unknown): boolean {
  return error instanceof ServiceError && error.errCode === 'uni-captcha-proof-required'
}

/** What is inside of the element. */
function createRoot(shadow: ShadowRoot) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(themeCss + captchaCss + widgetCss)
  shadow.adoptedStyleSheets = [sheet]
  const make = <Name extends keyof HTMLElementTagNameMap>(name: Name, className: string, ...children: Node[]) => {
    const element = document.createElement(name)
    element.className = className
    element.append(...children)
    return element
  }
  const canvas = make('canvas', 'uni-captcha__image')
  canvas.setAttribute('role', 'img')
  const image = make('img', 'uni-captcha__image')
  image.hidden = true
  const picture = make('button', 'uni-captcha__picture', canvas, image)
  picture.type = 'button'
  const input = make('input', 'uni-captcha__input')
  Object.assign(input, { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: false })
  const row = make('div', 'uni-captcha__row', picture, input)
  const link = make('button', 'uni-captcha__link')
  link.type = 'button'
  link.hidden = true
  const status = make('div', 'uni-captcha__status')
  status.setAttribute('role', 'status')
  status.tabIndex = -1
  const box = make('div', 'uni-captcha uni-captcha-theme', row, link, status)
  shadow.append(box)
  return { canvas, image, picture, input, row, link, status, box }
}

if (!customElements.get('uni-captcha-widget')) customElements.define('uni-captcha-widget', CaptchaWidget)
