import { h } from 'vue'

import type { ButtonHTMLAttributes, FunctionalComponent, InputHTMLAttributes, TextareaHTMLAttributes } from 'vue'

/**
 * uni-app puts components of its own in place of these tags; this page is for browsers alone, and theirs have labels,
 * keyboards and validity built in.
 */
export const NativeInput: FunctionalComponent<InputHTMLAttributes> = (props) => h('input', props)
NativeInput.inheritAttrs = false

export const NativeTextarea: FunctionalComponent<TextareaHTMLAttributes> = (props) => h('textarea', props)
NativeTextarea.inheritAttrs = false

export const NativeButton: FunctionalComponent<ButtonHTMLAttributes> = (props, { slots }) =>
  h('button', { type: 'button', ...props }, slots['default']?.())
NativeButton.inheritAttrs = false

export const NativeLabel: FunctionalComponent<{ for?: string }> = (props, { slots }) =>
  h('label', props, slots['default']?.())
NativeLabel.inheritAttrs = false

export const NativeForm: FunctionalComponent<{ onSubmit?: (event: Event) => void }> = (props, { slots }) =>
  h('form', props, slots['default']?.())
NativeForm.inheritAttrs = false

/** What is in a field now, from an event of it. */
export const readValue = (event: Event): string =>
  (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value
