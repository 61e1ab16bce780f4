import { createHash, randomBytes } from 'node:crypto'

import { createEndpoint } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/call/call'
import { passCaptcha } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { loadProofSteps } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/lazy-proof'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import type { SiteRoute } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/sites/sites'
import { createSiteRoutes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/sites/sites'
import type { Stores } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { createCaptchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { draw } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/draw'
import { tapRight } from './taps'
import { workPoser } from './captchas'

/** A secret and what config.json holds of it; written from the documentation, not with the product's own function. */
export function newSecret(): { secret: string; hash: string } {
  const secret = `ucs_${randomBytes(32).toString('base64url')}`
  return { secret, hash: `sha256-${createHash('sha256').update(secret).digest('base64url')}` }
}

/** What came back by URL. */
export interface SiteAnswer {
  status: number
  headers: Record<string, string>
  body: Record<string, unknown>
}

export interface Sent {
  headers?: Record<string, string>
  clientIP?: string
  method?: string
  /** In place of the fields. */
  text?: string
}

/** The sites' routes on real stores, with clock, configuration and the right answers in the test's hand. */
export function sitesOn(open: (now: () => number) => Stores, config: () => object) {
  const clock = { now: 1_800_000_000_000 }
  let stores = open(() => clock.now)
  /** right answers of the codes that were issued, the last one last */
  const answers: string[] = []
  const key = () => keyFor('test', { secret: 'the secret of this test, not of yours' }, undefined)
  /** of the picture that was drawn last */
  let prompt = ''
  const call = {
    config,
    stores: () => ({
      ...stores,
      codes: Object.assign(Object.create(stores.codes) as Stores['codes'], { issue: remember }),
    }),
    caller: () => ({}),
    now: () => clock.now,
    onEvent: () => {},
    tapKey: key,
  }
  const remember: Stores['codes']['issue'] = (slot, code, former) => {
    answers.push(code.code)
    return stores.codes.issue(slot, code, former)
  }
  const drawing: typeof draw = (text, options) => {
    prompt = text
    return draw(text, options)
  }
  const captchas = createCaptchas({ ...call, draw: drawing, randomBytes: cryptoBytes, poseWork: workPoser(call) })
  const guard = createGuard(call)
  const respond = createSiteRoutes({
    ...call,
    endpoint: createEndpoint(call),
    issue: (site) => captchas.issue(site, {}),
    pass: (site, claimant) => passCaptcha(call, site, claimant),
    guard,
    proof: loadProofSteps({ ...call, key, randomBytes: cryptoBytes, charge: (params) => guard.proof(params) }),
    randomBytes: cryptoBytes,
  })
  async function send(route: SiteRoute, fields: object, sent: Sent = {}): Promise<SiteAnswer> {
    const { headers = {}, clientIP = '203.0.113.9', method = 'POST', text = JSON.stringify(fields) } = sent
    const request = { method, headers: { 'content-type': 'application/json', ...headers }, body: text, clientIP }
    const { statusCode, headers: given, body } = await respond(route, request)
    return {
      status: statusCode,
      headers: given,
      body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>),
    }
  }
  return {
    clock,
    captchas,
    answers,
    /** the right answer to the last picture to tap on */
    tapRight: () => tapRight(prompt),
    send,
    /** The stores from now on. */
    replace(change: (before: Stores) => Stores) {
      stores = change(stores)
    },
  }
}
