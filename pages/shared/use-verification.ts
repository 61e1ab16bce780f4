import { ref } from 'vue'

import type { CaptchaExposed } from '../../uni_modules/uni-captcha/components/uni-captcha/props'

interface Status {
  kind: 'none' | 'busy' | 'success' | 'error'
  text: string
}

interface Texts {
  success: () => string
  network: () => string
}

/** The demo's cloud object, as far as pages call it. */
interface DemoCloudObject {
  verify(params: { scene: string; captcha: string }): Promise<{ errCode: number; errMsg: string }>
}

/**
 * What a form does with an answer. Wrong, expired and spent captchas are replaced: `getImageCaptcha()` draws a new one,
 * empties its input and focuses it; every other field stays. When the network is down nothing is known, so nothing changes.
 */
export function useVerification(scene: string, texts: Texts) {
  const captcha = ref<CaptchaExposed | null>(null)
  const answer = ref('')
  const status = ref<Status>({ kind: 'none', text: '' })

  async function submit(): Promise<void> {
    if (status.value.kind === 'busy') return
    if (answer.value.trim() === '') {
      status.value = { kind: 'error', text: captcha.value?.getHint() ?? '' }
      captcha.value?.setFocus(true)
      return
    }
    status.value = { kind: 'busy', text: '' }
    try {
      // The picture may carry work, which the device does beside the typing.
      if ((await captcha.value?.whenWorked()) === false) return void (status.value = { kind: 'none', text: '' })
      const demo: DemoCloudObject = uniCloud.importObject('uni-captcha-demo', { customUI: true })
      await demo.verify({ scene, captcha: answer.value })
      status.value = { kind: 'success', text: texts.success() }
    } catch (error) {
      const { errCode, errMsg } = Object(error) as { errCode?: unknown; errMsg?: unknown }
      const isAnswer = typeof errCode === 'string' && errCode.startsWith('uni-captcha-')
      status.value = { kind: 'error', text: isAnswer ? String(errMsg) : texts.network() }
      if (isAnswer) captcha.value?.getImageCaptcha()
    }
  }

  return { captcha, answer, status, submit }
}
