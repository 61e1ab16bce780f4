import type { Site, Transport } from './transport'

const TIMEOUT_MS = 20_000
const MAX_PROOFS = 8

type Fields = Record<string, string>

/** By HTTP, with `challenge` and `answer` of a site (docs/backends.md). */
export function createHttpTransport({ server, sitekey }: Site): Transport {
  const base = server.replace(/\/+$/, '')
  /** ids of proofs that were asked for, by their challenge */
  const proofs = new Map<string, string>()
  /** a proof that came in a picture's place, until it is asked for: the user may begin it much later */
  let offered: { scene: string; answer: unknown; untilMs: number } | undefined

  async function ask(scene: string, kind?: 'proof'): Promise<Record<string, unknown>> {
    const given = await post(`${base}/challenge`, {
      sitekey,
      scene,
      ...withLocale(),
      ...(kind ? { kind } : { canTap: 'true' }),
    })
    if (given['kind'] !== 'proof') return withCaptcha(given)
    proofs.set(String(given['challenge']), String(given['id']))
    for (const old of [...proofs.keys()].slice(0, -MAX_PROOFS)) proofs.delete(old)
    return given
  }

  return {
    async getPicture(scene) {
      const answer = await ask(scene)
      if (answer['kind'] !== 'proof') return answer
      offered = { scene, answer, untilMs: Date.now() + Number(answer['expiresIn']) * 1000 }
      throw { errCode: 'uni-captcha-proof-required', errMsg: '', detail: answer }
    },
    async getChallenge(scene) {
      const { scene: at, answer, untilMs = 0 } = offered ?? {}
      offered = undefined
      return at === scene && Date.now() < untilMs ? answer : ask(scene, 'proof')
    },
    async redeemSolutions(_scene, solved) {
      const id = proofs.get(solved.challenge) ?? ''
      return withCaptcha(await post(`${base}/answer`, { id, answer: JSON.stringify(solved), ...withLocale() }))
    },
    async sendAnswer(id, typed) {
      return withCaptcha(await post(`${base}/answer`, { id, answer: typed, ...withLocale() }))
    },
  }
}

/** The token stands where the cloud object's `captcha` does. */
function withCaptcha({ token, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return token === undefined ? rest : { ...rest, captcha: token }
}

function withLocale(): Fields {
  const locale: unknown = uni.getLocale?.()
  return typeof locale === 'string' && locale !== '' ? { locale } : {}
}

/** A form: a browser asks no leave for it. Encoded here, because not every platform does. */
function post(url: string, fields: Fields): Promise<Record<string, unknown>> {
  const pairs = Object.entries(fields).map((pair) => pair.map(encodeURIComponent).join('='))
  return new Promise((resolve, reject) => {
    uni.request({
      url,
      method: 'POST',
      data: pairs.join('&'),
      header: { 'content-type': 'application/x-www-form-urlencoded' },
      timeout: TIMEOUT_MS,
      success: ({ statusCode, data }) => {
        const answer = Object(data) as Record<string, unknown>
        if (statusCode === 200) resolve(answer)
        else reject({ errCode: answer['errCode'], errMsg: answer['errMsg'], detail: answer })
      },
      fail: reject,
    })
  })
}
