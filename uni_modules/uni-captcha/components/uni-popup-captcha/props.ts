/** Runtime props of `<uni-popup-captcha>`. */
export const popupCaptchaProps = {
  /** What the captcha is for, `login` or `pay` say: one made for one scene never verifies in another. 1–64 characters. */
  scene: { type: String, required: true },
  /** Address of the server where the back end is not uniCloud: `https://captcha.example.com`. */
  server: { type: String, default: '' },
  /** The site's key, with `server`. */
  sitekey: { type: String, default: '' },
  /** `v-model`: what is typed, with `server` the token; emptied by the next `open()` only. */
  modelValue: { type: String, default: undefined },
  /** `v-model:value`, or a plain value to start with. */
  value: { type: String, default: undefined },
  /** Heading; left out, the plugin's own in the application's language. */
  title: { type: String, default: '' },
  /** Whether the input has the focus when the popup opens. */
  focus: { type: Boolean, default: true },
} as const

export type ConfirmHandler = (captcha: string) => void

export interface OpenOptions {
  /** The popup stays after a confirmation until `close()`; opening it again shows a new picture. */
  keepOpen?: boolean
  /** What the captcha is for this time, in place of the property. 1–64 characters. */
  scene?: string
  /** Called with the answer after the `confirm` event. */
  onConfirm?: ConfirmHandler
  /** Called once when this opening ends without that: cancelled, closed, opened anew, or gone with its page. */
  onCancel?: () => void
}

/** What a page reaches by ref. */
export interface PopupCaptchaExposed {
  /** Opens with a new picture and an empty input. */
  open: (options?: ConfirmHandler | OpenOptions) => void
  /** Closes without an event; the value stays. */
  close: () => void
  /** With `keepOpen`, after an answer that did not do: says so, in `message` or its own words, and starts afresh. */
  retry: (message?: string) => void
  /** While true nothing can be confirmed: what was confirmed is being looked at. Ends by itself with the opening. */
  setBusy: (state: boolean) => void
}
