import { afterKey, toTapAnswer, withCell, type TapLayout } from '../uni_modules/uni-captcha/components/uni-captcha/tap'
import { isOfBrowser } from './keys'
import type { Texts } from './texts'

export interface TapActions {
  /** anything was tapped or taken back */
  onChange: () => void
  /** another picture is asked for, by the button or by a tap on one that is worth nothing */
  onRenew: () => void
  onEnter: () => void
}

export type Make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: Node[]
) => HTMLElementTagNameMap[Name]

/** What stands in the place of picture and input where characters of the picture are tapped; `shown` is the picture. */
export function createTap(make: Make, { onChange, onRenew, onEnter }: TapActions) {
  let layout: TapLayout | undefined
  let tapped: readonly number[] = []
  let isReady = false
  let isDisabled = false
  let texts: Texts
  let cells: { cell: HTMLElement; mark: HTMLElement; target: HTMLElement }[] = []

  const field = make('div', 'uni-captcha__tap-field')
  field.tabIndex = 0
  // Attributes, as not every browser has them as properties too.
  field.setAttribute('role', 'group')
  const over = make('div', 'uni-captcha__tap-over')
  const height = make('div', '')
  const picture = make('div', 'uni-captcha__tap-picture', height, over, field)
  const words = make('span', 'uni-captcha__tap-words')
  words.setAttribute('aria-hidden', 'true')
  const undo = make('button', 'uni-captcha__tap-button')
  const renew = make('button', 'uni-captcha__tap-button')
  undo.type = renew.type = 'button'
  const bar = make('div', 'uni-captcha__tap-bar', words, undo, renew)
  const element = make('div', 'uni-captcha__tap', picture, bar)
  element.hidden = true

  undo.addEventListener('click', () => change((now) => afterKey(now, tapped, 'Backspace')))
  renew.addEventListener('click', onRenew)
  over.addEventListener('click', () => !isReady && !isDisabled && onRenew())
  field.addEventListener('keydown', (event) => {
    if (isDisabled) return
    const { key, repeat } = event
    if (isOfBrowser(event) || !/^([1-9]|Backspace|Enter)$/.test(key)) return
    event.preventDefault()
    if (repeat) return
    if (key === 'Enter') onEnter()
    else change((now) => afterKey(now, tapped, key))
  })

  function change(next: (now: TapLayout) => readonly number[]): void {
    if (!layout || isDisabled) return
    if (!isReady) return onRenew()
    const cellsThen = next(layout)
    // A complete answer that was not judged, for want of a network, is handed in again by one more tap.
    if (cellsThen === tapped && answer() === '') return
    tapped = cellsThen
    show()
    onChange()
  }

  function lay({ columns, rows, top, width, height: whole }: TapLayout): void {
    picture.style.width = bar.style.width = `${width}px`
    height.style.paddingTop = `${(whole / width) * 100}%`
    field.style.top = `${(top / whole) * 100}%`
    cells = Array.from({ length: columns * rows }, (_, index) => {
      const key = make('span', 'uni-captcha__tap-key', document.createTextNode(String(index + 1)))
      const mark = make('span', 'uni-captcha__tap-mark')
      for (const part of [key, mark]) part.setAttribute('aria-hidden', 'true')
      const target = make('div', 'uni-captcha__tap-target')
      target.setAttribute('role', 'button')
      target.setAttribute('aria-label', String(index + 1))
      const cell = make('div', 'uni-captcha__tap-cell', key, mark, target)
      Object.assign(cell.style, {
        left: `${((index % columns) / columns) * 100}%`,
        top: `${(Math.floor(index / columns) / rows) * 100}%`,
        width: `${100 / columns}%`,
        height: `${100 / rows}%`,
      })
      target.addEventListener('click', () => change((now) => withCell(now, tapped, index)))
      return { cell, mark, target }
    })
    field.replaceChildren(...cells.map(({ cell }) => cell))
  }

  function show(): void {
    for (const [index, { cell, mark, target }] of cells.entries()) {
      const order = tapped.indexOf(index) + 1
      mark.textContent = String(order)
      mark.hidden = order === 0
      cell.classList.toggle('uni-captcha__tap-cell--tapped', order > 0)
      target.setAttribute('aria-pressed', String(order > 0))
    }
    const isOff = isDisabled || !isReady
    undo.disabled = isOff || tapped.length === 0
    renew.disabled = isDisabled
    field.tabIndex = isDisabled ? -1 : 0
    field.setAttribute('aria-disabled', String(isOff))
    words.textContent = told()
    undo.textContent = texts.tapUndo
    renew.textContent = texts.refresh
    field.setAttribute('aria-label', texts.tapLabel)
  }

  /** Empty until it is complete. */
  function answer(): string {
    return layout ? toTapAnswer(layout, tapped) : ''
  }

  function told(): string {
    if (tapped.length === 0) return texts.tapHint
    return texts.tapChosen.replace('{chosen}', String(tapped.length)).replace('{count}', String(layout?.count))
  }

  return {
    element,
    field,
    renew,
    /** Where the picture itself belongs, and what is said in its place. */
    picture,
    over,
    told,
    answer,
    isShown: () => layout !== undefined,
    /** Shows it for a picture to tap on, hides it for any other. */
    setLayout(next: TapLayout | undefined): void {
      layout = next
      element.hidden = !next
      if (next) lay(next)
    },
    clear(): void {
      tapped = []
    },
    update(now: Texts, isPictureReady: boolean): void {
      texts = now
      isReady = isPictureReady
      if (layout) show()
    },
    setDisabled(state: boolean): void {
      isDisabled = state
      if (layout) show()
    },
  }
}
