import { defineComponent, h, nextTick, onMounted, ref, watch } from 'vue'

import type { Component } from 'vue'

// uni's built-in components of H5, as far as the plugin relies on them: custom elements that take attributes on their
// outside, and an input that reports in `event.detail`, tells of the focus and follows the `focus` property.

function container(tag: string): Component {
  return defineComponent({
    name: tag,
    setup:
      (_props, { slots }) =>
      () =>
        h(tag, slots.default?.()),
  })
}

const input = defineComponent({
  name: 'uni-input',
  props: {
    value: { type: String, default: '' },
    maxlength: { type: Number, default: 140 },
    focus: Boolean,
    confirmHold: Boolean,
    placeholder: String,
  },
  emits: ['input', 'focus', 'blur', 'confirm'],
  setup(props, { emit }) {
    const field = ref<HTMLInputElement>()
    watch(
      () => props.focus,
      (state) => (state ? field.value?.focus() : field.value?.blur()),
    )
    onMounted(() => {
      if (props.focus) void nextTick(() => field.value?.focus())
    })
    const detail = () => ({ detail: { value: field.value?.value ?? '' } })
    return () =>
      h('uni-input', [
        h('input', {
          ref: field,
          value: props.value,
          maxlength: props.maxlength,
          placeholder: props.placeholder,
          onInput: (event: Event) => {
            event.stopPropagation()
            emit('input', detail())
          },
          onFocus: () => emit('focus', detail()),
          onBlur: () => emit('blur', detail()),
          onKeyup: (event: KeyboardEvent) => {
            if (event.key !== 'Enter') return
            event.stopPropagation()
            emit('confirm', detail())
            if (!props.confirmHold) field.value?.blur()
          },
        }),
      ])
  },
})

const image = defineComponent({
  name: 'uni-image',
  props: { src: { type: String, default: '' }, mode: String },
  setup: (props) => () => h('uni-image', [h('img', { src: props.src })]),
})

export const uniElements: Record<string, Component> = {
  'uni-view-element': container('uni-view'),
  'uni-text-element': container('uni-text'),
  'uni-button-element': container('uni-button'),
  'uni-image-element': image,
  'uni-input-element': input,
}
