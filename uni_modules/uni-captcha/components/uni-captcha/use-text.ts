import { ref, watch } from 'vue'

import type { Ref } from 'vue'

interface TextProps {
  readonly modelValue?: string | null
  readonly value?: string | null
}

interface TextEmits {
  (event: 'update:modelValue', text: string): void
  (event: 'update:value', text: string): void
}

/**
 * What is typed, in step with `v-model` (or `v-model:value`) where the page binds one of them, and kept here where it
 * binds none. A value set by the page wins.
 */
export function useText(props: TextProps, emit: TextEmits): { text: Ref<string>; setText: (text: string) => void } {
  const text = ref(props.modelValue ?? props.value ?? '')
  watch(
    () => props.modelValue,
    (value) => (text.value = value ?? ''),
  )
  watch(
    () => props.value,
    (value) => (text.value = value ?? ''),
  )

  function setText(value: string): void {
    if (value === text.value) return
    text.value = value
    emit('update:modelValue', value)
    emit('update:value', value)
  }

  return { text, setText }
}
