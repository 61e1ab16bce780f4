/** Runtime props of `<uni-captcha>`. */
export const captchaProps = {
  /** What the captcha is for, `login` or `pay` say: one made for one scene never verifies in another. 1–64 characters; empty loads nothing. */
  scene: { type: String, required: true },
  /** Address of the server where the back end is not uniCloud: `https://captcha.example.com`. */
  server: { type: String, default: '' },
  /** The site's key, with `server`. */
  sitekey: { type: String, default: '' },
  /** `v-model`: what is typed; with `server` the token, once it is right. */
  modelValue: { type: String, default: undefined },
  /** `v-model:value`, or a plain value to start with. */
  value: { type: String, default: undefined },
  /** Gives the input the focus when it appears, and whenever this turns true. */
  focus: { type: Boolean, default: false },
  /** While true what is typed is being looked at: neither a tap nor expiry replaces the picture. */
  busy: { type: Boolean, default: false },
} as const

/** What a page reaches by ref. */
export interface CaptchaExposed {
  /** Asks for a new picture and empties the input; with `focus` (the default) the input gets the focus. */
  getImageCaptcha: (focus?: boolean) => void
  /** Gives the input the focus or takes it away. */
  setFocus: (state: boolean) => void
  /** As Enter in the input. */
  enter: () => void
  /**
   * What a person has to do now, in the language of the application, for a form that was sent too early: to type what
   * is on the picture or the result of a sum, to wait or to try again. With `isRefused` that the last answer was not right.
   */
  getHint: (isRefused?: boolean) => string
  /**
   * Undefined when what is typed can be verified at once; else resolves when the device has done the work that the
   * picture carries, with false if that was given up: the picture is another one, or has failed.
   */
  whenWorked: () => Promise<boolean> | undefined
  /** Whether the input has the focus; may be set. */
  focusCaptchaInput: boolean
}
