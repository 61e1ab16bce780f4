import { textFor } from './use-demo-texts'

/**
 * Makes uni's own elements in a browser reachable: its buttons take no focus and no key, and the names that pages give to
 * inputs stay on a wrapper that means nothing to a screen reader. Elsewhere the platform does this.
 */
export function enhanceA11y(): void {
  // #ifdef H5
  const look = () => {
    all('uni-button, .uni-modal__btn, .uni-page-head-btn', labelButton)
    all('uni-input[aria-label]', labelInput)
    all('uni-input[data-autocomplete]', nameForAutofill)
    all('.uni-input-placeholder', (placeholder) => placeholder.setAttribute('aria-hidden', 'true'))
    all('uni-page-head', (head) => head.setAttribute('role', 'banner'))
    all('uni-toast', (toast) => toast.setAttribute('role', 'alert'))
    all('uni-modal', sayDialog)
  }
  new MutationObserver(look).observe(document.body, {
    subtree: true,
    childList: true,
    attributeFilter: ['disabled', 'loading', 'aria-label'],
  })
  document.addEventListener('keydown', press)
  look()
  // #endif
}

// #ifdef H5
function all(selector: string, say: (element: Element) => void): void {
  document.querySelectorAll(selector).forEach(say)
}

function labelButton(element: Element): void {
  const isOff = element.hasAttribute('disabled')
  set(element, 'role', 'button')
  set(element, 'tabindex', '0')
  set(element, 'aria-disabled', String(isOff))
  if (element.classList.contains('uni-page-head-btn')) set(element, 'aria-label', textFor('form.back'))
}

function labelInput(element: Element): void {
  element.querySelector('input')?.setAttribute('aria-label', element.getAttribute('aria-label') ?? '')
  element.removeAttribute('aria-label')
}

/** uni's own `autocomplete` knows two words, and neither is one that password managers look for. */
function nameForAutofill(element: Element): void {
  const purpose = element.getAttribute('data-autocomplete') ?? ''
  const input = element.querySelector('input')
  if (!input) return
  set(input, 'autocomplete', purpose)
  set(input, 'name', purpose === 'username' ? 'username' : 'password')
}

function sayDialog(element: Element): void {
  set(element, 'role', 'alertdialog')
  set(element, 'aria-modal', 'true')
  set(element, 'aria-label', element.querySelector('.uni-modal__bd')?.textContent ?? '')
}

/** Writes only what changes: the observer would hear of it again. */
function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

function press(event: KeyboardEvent): void {
  const target = event.target as HTMLElement
  if (!target.matches('uni-button, .uni-modal__btn, .uni-page-head-btn') || !['Enter', ' '].includes(event.key)) return
  event.preventDefault()
  if (!event.repeat) target.click()
}
// #endif
