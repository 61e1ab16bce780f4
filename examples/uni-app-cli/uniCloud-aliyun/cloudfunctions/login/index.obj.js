const uniCaptcha = require('uni-captcha')

module.exports = {
  async login({ username, captcha }) {
    const { deviceId } = this.getClientInfo()
    const result = await uniCaptcha.verify({ scene: 'login', captcha, deviceId })
    if (result.errCode !== 0) return result
    // Check the password here, and sign the user in.
    return { errCode: 0, errMsg: '', username }
  },
}
