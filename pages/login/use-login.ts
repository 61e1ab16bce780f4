import { ref } from 'vue'

import { useCredentials } from '../shared/use-credentials'
import { useWait } from '../shared/use-wait'

import type { CaptchaGuard } from '../../uni_modules/uni-captcha/js_sdk/guard'

interface Status {
  kind: 'none' | 'busy' | 'success' | 'error'
  text: string
}

interface Texts {
  success: () => string
  network: () => string
}

/** The demo's cloud object, as far as this page calls it. */
interface DemoCloudObject {
  login(params: { username: string; password: string; captcha?: string }): Promise<{ errCode: number; errMsg: string }>
}

/** A login that knows nothing of captchas but to hand one on: the guard asks for it where the cloud side does. */
export function useLogin(guarded: CaptchaGuard, texts: Texts) {
  const { username, password, missing, check } = useCredentials()
  const status = ref<Status>({ kind: 'none', text: '' })
  const { remainingS, wait } = useWait()

  async function submit(): Promise<void> {
    if (status.value.kind === 'busy' || remainingS.value > 0) return
    const isComplete = check()
    status.value = { kind: isComplete ? 'busy' : 'none', text: '' }
    if (!isComplete) return
    const form = { username: username.value, password: password.value }
    const demo: DemoCloudObject = uniCloud.importObject('uni-captcha-demo', { customUI: true })
    try {
      await guarded((captcha) => demo.login({ ...form, captcha }))
      status.value = { kind: 'success', text: texts.success() }
    } catch (error) {
      status.value = readStatus(error)
    }
  }

  function readStatus(error: unknown): Status {
    const { errCode, errMsg, retryAfter } = Object(error) as Record<string, unknown>
    if (typeof retryAfter === 'number') wait(retryAfter)
    if (errCode === 'uni-captcha-cancelled') return { kind: 'none', text: '' }
    const isAnswer = typeof errCode === 'string' && /^(uni-captcha|demo)-/.test(errCode)
    return { kind: 'error', text: isAnswer ? String(errMsg) : texts.network() }
  }

  return { username, password, missing, status, remainingS, submit }
}
