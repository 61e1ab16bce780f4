import { ref } from 'vue'

/** What a form asks for before its captcha. */
export function useCredentials() {
  const username = ref('')
  const password = ref('')
  /** the first field that is still empty */
  const missing = ref<'username' | 'password' | undefined>()

  /** Whether both are there. */
  function check(): boolean {
    missing.value = username.value.trim() === '' ? 'username' : password.value === '' ? 'password' : undefined
    return !missing.value
  }

  return { username, password, missing, check }
}
