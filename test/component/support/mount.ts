import { mount, type VueWrapper } from '@vue/test-utils'

import UniCaptcha from '../../../uni_modules/uni-captcha/components/uni-captcha/uni-captcha.vue'
import UniPopupCaptcha from '../../../uni_modules/uni-captcha/components/uni-popup-captcha/uni-popup-captcha.vue'
import { settle } from './client'
import { uniElements } from './uni-elements'

import type { Component, ComponentPublicInstance } from 'vue'

const mounted: VueWrapper[] = []

/** Mounts a page that uses the plugin's tags, as easycom would let it. */
export async function mountPage<Vm extends ComponentPublicInstance>(
  page: new () => Vm,
  props: Record<string, unknown> = {},
): Promise<VueWrapper<Vm>> {
  const wrapper = mount(page as Component, {
    attachTo: document.body,
    props,
    global: { components: { ...uniElements, UniCaptcha, UniPopupCaptcha } },
  })
  mounted.push(wrapper)
  await settle()
  return wrapper as unknown as VueWrapper<Vm>
}

export function unmountAll(): void {
  for (const wrapper of mounted.splice(0)) wrapper.unmount()
}

/** What a user sees and does, wherever the component sits in the page. */
export function toUser<Vm extends ComponentPublicInstance>(page: VueWrapper<Vm>) {
  const field = () => page.get('input').element
  const picture = () => page.get('.uni-captcha__picture')
  const refresh = () => page.get('.uni-captcha__refresh')
  return {
    field,
    picture,
    /** what the keyboard reaches on the picture */
    refresh,
    /** the data URI on the screen, or undefined */
    imageSource: () => page.find('img').attributes('src'),
    hasImage: () => page.find('img').exists(),
    text: () => page.text(),
    isFocused: () => document.activeElement === field(),
    tapPicture: async () => {
      await picture().trigger('click')
      await settle()
    },
    type: async (value: string) => {
      field().value = value
      field().dispatchEvent(new Event('input', { bubbles: true }))
      await settle()
    },
    focus: async () => {
      field().focus()
      await settle()
    },
    press: async (element: Element, key: string) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      element.dispatchEvent(event)
      element.dispatchEvent(new KeyboardEvent('keyup', { key, bubbles: true }))
      await settle()
      return event
    },
    commitComposition,
    announcement: () => page.get('[role=status]').text(),
  }
}

/** Enter as Safari tells of it when it only ends an input method's word. */
export async function commitComposition(element: Element): Promise<void> {
  // The engine of these tests knows no `keyCode` of an event's own.
  const down = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing: false })
  Object.defineProperty(down, 'keyCode', { value: 229 })
  element.dispatchEvent(down)
  element.dispatchEvent(new KeyboardEvent('keyup', { key: 'Enter', bubbles: true }))
  await settle()
}
