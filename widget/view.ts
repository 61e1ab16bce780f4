import { BLANK_PICTURE, type CaptchaPicture } from '../uni_modules/uni-captcha/components/uni-captcha/answer'
import proofCss from '../uni_modules/uni-captcha/components/uni-captcha/captcha-proof.css'
import tapCss from '../uni_modules/uni-captcha/components/uni-captcha/captcha-tap.css'
import captchaCss from '../uni_modules/uni-captcha/components/uni-captcha/uni-captcha.css'
import themeCss from '../uni_modules/uni-captcha/components/uni-captcha/theme.css'
import { drawPicture } from './picture'
import { createSlide } from './slide'
import { createTap, type TapActions } from './tap'
import type { Texts } from './texts'
import widgetCss from './widget.css'

/** What the widget shows in the picture's place: the picture, that it is on its way, or what a press on it does. */
export type Shown = 'picture' | 'loading' | { notice: string }

interface ViewActions extends TapActions {
  /** a proof is begun */
  onBegin: () => void
}

/** What is inside of the element. Styles are set by script, which no content security policy counts as inline. */
export function createView(shadow: ShadowRoot, actions: ViewActions) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(themeCss + captchaCss + proofCss + tapCss + widgetCss)
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
  const notice = make('span', 'uni-captcha__notice')
  notice.setAttribute('aria-hidden', 'true')
  const picture = make('button', 'uni-captcha__picture', canvas, image, notice)
  picture.type = 'button'
  const input = make('input', 'uni-captcha__input')
  Object.assign(input, { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: false })
  const row = make('div', 'uni-captcha__row', picture, input)
  const tap = createTap(make, actions)
  const slide = createSlide(make, actions.onBegin)
  const link = make('button', 'uni-captcha__link')
  link.type = 'button'
  const status = make('div', 'uni-captcha__status')
  status.setAttribute('role', 'status')
  status.tabIndex = -1
  const box = make('div', 'uni-captcha uni-captcha-theme', row, tap.element, slide.track, link, status)
  shadow.append(box)
  setSize(BLANK_PICTURE)

  /** What an answer is given in. */
  const answerField = () => (slide.isShown() ? slide.track : tap.isShown() ? tap.field : input)

  /** A picture to tap on has no input beside it; what is shown goes where it belongs. */
  function setTap(layout: CaptchaPicture['tap']): void {
    tap.setLayout(layout)
    row.hidden = layout !== undefined
    for (const shown of [canvas, image]) {
      shown.className = layout ? 'uni-captcha__tap-image' : 'uni-captcha__image'
      // The group over it has a name, and says what is to be done.
      shown.setAttribute('aria-hidden', String(layout !== undefined))
    }
    if (!layout) return picture.append(canvas, image, notice)
    tap.picture.prepend(canvas, image)
    tap.over.append(notice)
  }

  function setSize({ widthPx, heightPx }: Pick<CaptchaPicture, 'widthPx' | 'heightPx'>): void {
    const size = tap.isShown() ? { width: '', height: '' } : { width: `${widthPx}px`, height: `${heightPx}px` }
    for (const shown of [canvas, image]) Object.assign(shown.style, size)
    Object.assign(picture.style, { width: `${widthPx}px`, minHeight: `${heightPx}px` })
  }

  function setTexts(texts: Texts, isSum = false): void {
    const name = isSum ? texts.imageSum : texts.image
    input.placeholder = isSum ? texts.placeholderSum : texts.placeholder
    input.setAttribute('aria-label', texts.label)
    canvas.setAttribute('aria-label', name)
    image.alt = name
    link.textContent = texts.proofOffer
  }

  function show(shown: Shown, texts: Texts): void {
    const words = typeof shown === 'object' ? shown.notice : ''
    row.hidden = tap.isShown()
    tap.element.hidden = !tap.isShown()
    link.hidden = true
    slide.hide()
    tap.update(texts, shown === 'picture')
    notice.textContent = words
    notice.hidden = words === ''
    picture.setAttribute('aria-label', words || texts.refresh)
    picture.setAttribute('aria-busy', String(shown === 'loading'))
    for (const frame of [picture, tap.picture]) {
      frame.classList.toggle('uni-captcha__picture--dimmed', shown !== 'picture')
    }
  }

  /** Leaves nothing but the status: there is nothing to type. */
  function showStatusAlone(): void {
    row.hidden = tap.element.hidden = link.hidden = true
    slide.hide()
  }

  /** What is quiet is for screen readers alone. */
  function say(words: string, tone: 'bad' | 'good' | 'quiet' = 'bad'): void {
    status.classList.toggle('uni-captcha__status--shown', words !== '' && tone !== 'quiet')
    status.classList.toggle('uni-captcha__done', tone === 'good')
    status.textContent = words
  }

  async function draw(drawn: CaptchaPicture, isCurrent: () => boolean): Promise<void> {
    const isDrawn = await drawPicture(canvas, drawn.src, isCurrent)
    if (!isCurrent()) return
    canvas.hidden = !isDrawn
    image.hidden = isDrawn
    if (!isDrawn) image.src = drawn.src
    setTap(drawn.tap)
    setSize(drawn)
  }

  /** Takes away a picture that is worth nothing any more. */
  function clear(): void {
    canvas.width = canvas.height = 0
    canvas.hidden = false
    image.hidden = true
  }

  return {
    input,
    picture,
    tap,
    slide,
    answerField,
    link,
    status,
    box,
    setTexts,
    show,
    showStatusAlone,
    say,
    draw,
    clear,
  }
}
