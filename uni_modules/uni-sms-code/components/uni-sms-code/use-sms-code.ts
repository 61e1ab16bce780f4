import { computed, onUnmounted, ref, watch } from 'vue'

import { createCaptchaGuard } from '../../../uni-captcha/js_sdk/guard'

import { USUAL_CODE_LENGTH } from './answer'
import { isAddress, readChannel } from './channel'
import { readCode, readEmail, readMobile, showEmail, useField } from './fields'
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
  const email = useField(
    () => props.email,
    (value) => emit('update:email', value),
    readEmail,
    showEmail,
  )
  const channel = computed(() => readChannel(props.channel))
  const address = computed(() => (channel.value === 'email' ? email : mobile))
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
    channel: () => channel.value,
    address: () => address.value.value.value,
    isAddress: (text) => isAddress(channel.value, text, isMobile),
    code: () => code.value.value,
    setAddress: (text) => address.value.set(text),
    setCode: code.set,
    focus,
    isHere: () => isHere,
    texts: () => texts.value,
    messages,
  }
  const countdown = useCountdown({
    purpose: () => (channel.value === 'email' ? `email:${form.scene()}` : form.scene()),
    address: () => (form.isAddress(form.address()) ? form.address() : ''),
    load: (key) => uni.getStorageSync(key),
    save: (key, value) => uni.setStorageSync(key, value),
    nowMs: () => Date.now(),
    schedule,
  })
  const sending = useSending({
    form,
    isOff: () => verification.isVerifying.value || countdown.state.value === 'waiting',
    send: ({ channel: by, address: to, scene }) =>
      guarded((captcha) =>
        by === 'email'
          ? cloud().sendEmailCode({ email: to, scene, captcha })
          : cloud().sendSmsCode({ mobile: to, scene, captcha }),
      ),
    learn,
    startCountdown: countdown.start,
    emitSent: (sent) => emit('sent', sent),
  })
  const verification = useVerification({
    form,
    codeLength: () => sending.codeLength.value,
    isWanted: () => props.verify,
    verify: async ({ channel: by, address: to, ...request }) =>
      by === 'email'
        ? cloud().verifyEmailCode({ email: to, ...request })
        : cloud().verifySmsCode({ mobile: to, ...request }),
    exchange: async (request) => cloud().getPhoneNumber(request),
    setTicket: (ticket) => emit('update:ticket', ticket),
    emitComplete: (complete) => emit('complete', complete),
    schedule,
  })

  // What was sent for another channel or scene is of no use here, and its length says nothing about the next.
  watch([channel, form.scene], () => {
    code.set('')
    messages.clear()
    sending.codeLength.value = USUAL_CODE_LENGTH
  })

  const isBusy = computed(() => sending.isSending.value || verification.isVerifying.value)
  const isOff = computed(() => isBusy.value || countdown.state.value === 'waiting')
  const { send } = sending
  const { reset, phoneNumberGiven } = verification
  return {
    texts,
    popup,
    channel,
    address,
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
