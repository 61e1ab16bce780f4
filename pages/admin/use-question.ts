import { shallowRef } from 'vue'

interface Question {
  text: string
  /** what the button that agrees says */
  action: string
  resolve: (agreed: boolean) => void
}

/** Asks before something is lost; one question at a time. */
export function useQuestion() {
  const question = shallowRef<Question | null>(null)

  /** Whether the person agrees; a question that is still open is answered with no. */
  function ask(text: string, action: string): Promise<boolean> {
    answer(false)
    return new Promise((resolve) => {
      question.value = { text, action, resolve }
    })
  }

  function answer(agreed: boolean): void {
    const asked = question.value
    question.value = null
    asked?.resolve(agreed)
  }

  return { question, ask, answer }
}
