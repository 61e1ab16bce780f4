// Where the host listens, or the URL access of your uniCloud space. A real phone needs https and the address listed
// under 服务器域名 on the WeChat platform.
const BASE_URL = 'http://127.0.0.1:3000/http'

/** Where the picture of an id is; the scene is the one of the SMS routes. */
function imageUrl(imageCodeId) {
  return `${BASE_URL}/uni-captcha-co/image?code_id=${imageCodeId}&scene=web`
}

/** Posts JSON. Resolves with the server's answer, a refusal too, or with one that says that there was none. */
function post(path, data) {
  return new Promise((resolve) => {
    wx.request({
      url: `${BASE_URL}/${path}`,
      method: 'POST',
      header: { 'content-type': 'application/json' },
      data,
      success: (response) => resolve(response.data),
      fail: () => resolve({ errCode: 'network', errMsg: '网络不可用，请检查网络后重试' }),
    })
  })
}

/** A version-4 UUID. */
function generateUUID() {
  return new Promise((resolve, reject) => {
    wx.getRandomValues({
      length: 16,
      success: ({ randomValues }) => {
        const bytes = new Uint8Array(randomValues)
        bytes[6] = (bytes[6] & 0x0f) | 0x40
        bytes[8] = (bytes[8] & 0x3f) | 0x80
        const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
        resolve(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
      },
      fail: reject,
    })
  })
}

module.exports = { imageUrl, post, generateUUID }
