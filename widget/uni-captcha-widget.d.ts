/** What `<uni-captcha-widget>` tells its page. */
export interface UniCaptchaWidgetEvents {
  /** The captcha is solved: the form sends `token` now. */
  verified: CustomEvent<{ token: string }>
  /** The token has come to its end, and is not sent any more. */
  expired: CustomEvent<null>
  /** The token was taken back, because the form was reset or another captcha was asked for. */
  cleared: CustomEvent<null>
  /** `errCode` is empty where the server could not be reached. */
  failed: CustomEvent<{ errCode: string }>
}

/** The web component that `uni-captcha-widget.js` defines; its attributes are in the documentation. */
export interface UniCaptchaWidgetElement extends HTMLElement {
  /** The token, empty until the captcha is solved. */
  readonly value: string
  /** What the form calls the token; `uni-captcha-response` by default. */
  name: string
  required: boolean
  disabled: boolean
  readonly form: HTMLFormElement | null
  readonly validity: ValidityState
  readonly validationMessage: string
  readonly willValidate: boolean
  checkValidity(): boolean
  reportValidity(): boolean
  /** Asks anew; a token that was given is not sent any more. */
  reset(): void
  addEventListener<Name extends keyof UniCaptchaWidgetEvents>(
    type: Name,
    listener: (event: UniCaptchaWidgetEvents[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener<Name extends keyof UniCaptchaWidgetEvents>(
    type: Name,
    listener: (event: UniCaptchaWidgetEvents[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void
}

declare global {
  interface HTMLElementTagNameMap {
    'uni-captcha-widget': UniCaptchaWidgetElement
  }
}
