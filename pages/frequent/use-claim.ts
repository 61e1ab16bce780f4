import { ref } from 'vue'

import { useWait } from '../shared/use-wait'

import type { CaptchaGuard } from '../../uni_modules/uni-captcha/js_sdk/guard'

interface Status {
  kind: 'none' | 'busy' | 'success' | 'error'
  text: string
}

interface Texts {
  success: (count: number) => string
  network: () => string
}

/** The demo's cloud object, as far as this page calls it. */
interface DemoCloudObject {
  claim(params: { captcha?: string }): Promise<{ errCode: number; errMsg: string }>
}

/** A call that anybody may make now and then: the guard asks for a captcha where the cloud side finds it too often. */
export function useClaim(guarded: CaptchaGuard, texts: Texts) {
  const status = ref<Status>({ kind: 'none', text: '' })
  const { remainingS, wait } = useWait()
  let count = 0

  async function claim(): Promise<void> {
    if (status.value.kind === 'busy' || remainingS.value > 0) return
    status.value = { kind: 'busy', text: '' }
    const demo: DemoCloudObject = uniCloud.importObject('uni-captcha-demo', { customUI: true })
    try {
      await guarded((captcha) => demo.claim({ captcha }))
      count++
      status.value = { kind: 'success', text: texts.success(count) }
    } catch (error) {
      const { errCode, errMsg, retryAfter } = Object(error) as Record<string, unknown>
      if (typeof retryAfter === 'number') wait(retryAfter)
      const isAnswer = typeof errCode === 'string' && errCode.startsWith('uni-captcha-')
      const text = errCode === 'uni-captcha-cancelled' ? '' : isAnswer ? String(errMsg) : texts.network()
      status.value = { kind: text === '' ? 'none' : 'error', text }
    }
  }

  return { status, remainingS, claim }
}
