const DEFAULT_NAME = 'uni-captcha-response'

/** What every element of a form has, and the token as its value. */
export abstract class FormElement extends HTMLElement {
  static readonly formAssociated = true

  protected readonly internals = this.attachInternals()
  protected token = ''

  /** The token, empty until the captcha is solved. */
  get value(): string {
    return this.token
  }

  /** What the form calls the token. */
  get name(): string {
    return this.getAttribute('name') || DEFAULT_NAME
  }

  set name(name: string) {
    this.setAttribute('name', name)
  }

  // Frameworks set a property where there is one: `false` as an attribute would be true.
  get required(): boolean {
    return this.hasAttribute('required')
  }

  set required(isRequired: boolean) {
    this.toggleAttribute('required', Boolean(isRequired))
  }

  get disabled(): boolean {
    return this.hasAttribute('disabled')
  }

  set disabled(isDisabled: boolean) {
    this.toggleAttribute('disabled', Boolean(isDisabled))
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

  get willValidate(): boolean {
    return this.internals.willValidate
  }

  checkValidity(): boolean {
    return this.internals.checkValidity()
  }

  reportValidity(): boolean {
    return this.internals.reportValidity()
  }

  /** What a form that is sent without a token says: what there is to do now. */
  protected abstract tellMissing(): void

  protected setToken(token: string): void {
    this.token = token
    const data = new FormData()
    data.append(this.name, token)
    this.internals.setFormValue(token === '' ? null : data)
    this.tellMissing()
  }
}
