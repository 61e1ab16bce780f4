// Accounts in the collections and with the tokens of uni-id, as far as its documentation describes them.
const { createHmac, randomBytes, scryptSync, timingSafeEqual } = require('crypto')
const { verify } = require('uni-captcha')
const config = require('uni-config-center')({ pluginId: 'uni-id' }).config()

const db = uniCloud.database()
const users = db.collection('uni-id-users')
const roles = db.collection('uni-id-roles')

const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
const hash = (password, salt) => scryptSync(password, salt, 32)

function sign(claims) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', config.tokenSecret).update(text).digest('base64url')}`
}

async function createToken({ _id: uid, role = [], token: tokens = [] }) {
  const { data } = await roles.where({ role_id: db.command.in(role) }).get()
  const permission = data.reduce((all, one) => all.concat(one.permission), [])
  const iat = Math.floor(Date.now() / 1000)
  const exp = iat + config.tokenExpiresIn
  const token = sign({ uid, role, permission, uniIdVersion: '1.0.17', iat, exp })
  await users.doc(uid).update({ token: tokens.concat(token), last_login_date: Date.now() })
  return { errCode: 0, uid, newToken: { token, tokenExpired: exp * 1000 } }
}

async function spendCaptcha({ deviceId }, captcha) {
  const answer = await verify({ scene: 'login', captcha, deviceId })
  if (answer.errCode !== 0) throw answer
}

module.exports = {
  async register({ username, password, captcha }) {
    await spendCaptcha(this.getClientInfo(), captcha)
    if ((await users.where({ username }).count()).total > 0) throw { errCode: 'account-exists', errMsg: 'exists' }
    const isFirst = (await users.where({ role: 'admin' }).count()).total === 0
    const salt = randomBytes(16).toString('hex')
    const user = { username, password: hash(password, salt).toString('hex'), salt, register_date: Date.now() }
    const role = [isFirst ? 'admin' : 'editor']
    const { id } = await users.add({ ...user, role, status: 0 })
    return createToken({ _id: id, role })
  },
  async login({ username, password, captcha }) {
    await spendCaptcha(this.getClientInfo(), captcha)
    const { data } = await users.where({ username }).limit(1).get()
    const [user] = data
    const isRight = user && timingSafeEqual(hash(password, user.salt), Buffer.from(user.password, 'hex'))
    if (!isRight) throw { errCode: 'account-wrong', errMsg: 'wrong name or password' }
    return createToken(user)
  },
}
