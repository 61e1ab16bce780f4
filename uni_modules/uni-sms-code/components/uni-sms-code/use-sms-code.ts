import { computed, onUnmounted, ref } from 'vue'

import { createCaptchaGuard } from '../../../uni-captcha/js_sdk/guard'

import { readCode, readMobile, useField } from './fields'
import { useNumberRule } from './number-rule'
import { useCountdown } from './use-countdown'
import { useFocus } from './use-focus'
import { useMessage } from './use-message'
import { useSending } from './use-sending'
import { useTexts } from './use-texts'
import { useVerification } from './use-verification'

import type { PopupCaptchaExposed } from '../../../uni-captcha/components/uni-popup-captcha/props'
import type { SmsCodeForm } from './form'
import type { SmsCodeEmits, SmsCodeProps } from './props'

/** The parts of the component put together: fields, countdown, sending, verifying. */
export function useSmsCode(props: SmsCodeProps, emit: SmsCodeEmits) {
  const texts = useTexts()
  const popup = ref<PopupCaptchaExposed | null>(null)
  const guarded = createCaptchaGuard(() => popup.value)
  const cloud = () => uniCloud.importObject('uni-sms-code-co', { customUI: true })

  const { rule, isMobile, learn } = useNumberRule(props)
  const mobile = useField(
    () => props.mobile,
    (value) => emit('update:mobile', value),
    (text) => readMobile(text, rule.value),
  )
  const code = useField(
    () => props.code,
    (value) => emit('update:code', value),
    (text) => readCode(text, sending.codeLength.value),
  )
  const { focused, focus, heard } = useFocus()
  const messages = useMessage(
    () => texts.value,
    (error) => emit('error', error),
  )
  let isHere = true
  onUnmounted(() => (isHere = false))

  const form: SmsCodeForm = {
    scene: () => props.scene ?? '',
    mobile: () => mobile.value.value,
    isMobile,
    code: () => code.value.value,
    setMobile: mobile.set,
    setCode: code.set,
    focus,
    isHere: () => isHere,
    texts: () => texts.value,
    messages,
  }
  const countdown = useCountdown({
    scene: form.scene,
    mobile: () => (isMobile(form.mobile()) ? form.mobile() : ''),
    load: (key) => uni.getStorageSync(key),
    save: (key, value) => uni.setStorageSync(key, value),
    nowMs: () => Date.now(),
    schedule,
  })
  const sending = useSending({
    form,
    isOff: () => verification.isVerifying.value || countdown.state.value === 'waiting',
    send: (request) => guarded((captcha) => cloud().sendSmsCode({ ...request, captcha })),
    learn,
    startCountdown: countdown.start,
    emitSent: (sent) => emit('sent', sent),
  })
  const verification = useVerification({
    form,
    codeLength: () => sending.codeLength.value,
    isWanted: () => props.verify,
    verify: async (request) => cloud().verifySmsCode(request),
    exchange: async (request) => cloud().getPhoneNumber(request),
    setTicket: (ticket) => emit('update:ticket', ticket),
    emitComplete: (complete) => emit('complete', complete),
    schedule,
  })

  const isBusy = computed(() => sending.isSending.value || verification.isVerifying.value)
  const isOff = computed(() => isBusy.value || countdown.state.value === 'waiting')
  const { send } = sending
  const { reset, phoneNumberGiven } = verification
  return {
    texts,
    popup,
    mobile,
    code,
    focused,
    heard,
    countdown,
    messages,
    isBusy,
    isOff,
    send,
    reset,
    phoneNumberGiven,
  }
}

function schedule(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}
