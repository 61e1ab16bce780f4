const { imageUrl, post, generateUUID } = require('../../utils/server')

/** The server reads spaces, hyphens and +86; here it is enough that a number is there at the end. */
function looksLikeMobile(typed) {
  return /1\d{10}$/.test(typed.replace(/\D/g, ''))
}

Page({
  data: {
    mobile: '',
    imageCode: '',
    code: '',
    imageSrc: '',
    isImageCodeFocused: false,
    isSending: false,
    isSubmitting: false,
    secondsLeft: 0,
    sendText: '获取验证码',
    status: '',
  },

  onLoad() {
    this.renewImage()
  },

  onUnload() {
    clearTimeout(this.timer)
  },

  onInput({ currentTarget, detail }) {
    this.setData({ [currentTarget.dataset.field]: detail.value })
  },

  /** A picture of a new id; the answer of the one before is worth nothing from then on. */
  async renewImage() {
    this.imageCodeId = await generateUUID()
    this.setData({ imageSrc: imageUrl(this.imageCodeId), imageCode: '' })
  },

  onImageError() {
    this.tell('图片加载失败，点击图片重试')
  },

  async sendSms() {
    const { mobile, imageCode, isSending, secondsLeft } = this.data
    if (isSending || secondsLeft > 0) return
    if (!looksLikeMobile(mobile)) return this.tell('请输入正确的手机号')
    if (imageCode.trim() === '') return this.tell('请输入图中字符')
    this.setData({ isSending: true })
    const { errCode, errMsg, retryAfter, needNewCaptcha } = await post('uni-sms-code-co/sendSms', {
      mobile,
      image_code: imageCode,
      image_code_id: this.imageCodeId,
    })
    this.setData({ isSending: false })
    // Nothing counts down before the server has answered, and then from its seconds.
    if (retryAfter) this.countDown(Date.now() + retryAfter * 1000)
    if (needNewCaptcha) {
      await this.renewImage()
      this.setData({ isImageCodeFocused: errCode !== 0 })
    }
    this.tell(errCode === 0 ? '验证码已发送' : errMsg)
  },

  /** The end is a time, so that a phone that slept counts right. */
  countDown(endsAt) {
    clearTimeout(this.timer)
    const secondsLeft = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000))
    this.setData({ secondsLeft, sendText: secondsLeft > 0 ? `${secondsLeft} 秒后重发` : '重新获取' })
    if (secondsLeft > 0) this.timer = setTimeout(() => this.countDown(endsAt), 250)
  },

  /** The number is proved by a ticket; the business function learns it from the server, not from this page. */
  async register() {
    const { mobile, code, isSubmitting } = this.data
    if (isSubmitting) return
    if (!looksLikeMobile(mobile)) return this.tell('请输入正确的手机号')
    if (code.trim() === '') return this.tell('请输入短信验证码')
    this.setData({ isSubmitting: true })
    const verified = await post('uni-sms-code-co/verifySms', { mobile, code })
    const answer =
      verified.errCode === 0 ? await post('uni-sms-code-demo/registerByUrl', { ticket: verified.ticket }) : verified
    this.setData({ isSubmitting: false, code: '' })
    this.tell(answer.mobile ? `${answer.errMsg} ${answer.mobile}` : answer.errMsg)
  },

  tell(status) {
    this.setData({ status })
    wx.showToast({ title: status, icon: 'none' })
  },
})
