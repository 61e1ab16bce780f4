import type { IncomingMessage, ServerResponse } from 'node:http'

/** A function of an application whose back end is any: asks `siteverify`, and for a captcha where there is no token. */
export async function answerBusiness(
  request: IncomingMessage,
  response: ServerResponse,
  server: string,
  secret: string,
): Promise<void> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const { captcha = '' } = JSON.parse(text) as { captcha?: string }
  const body = new URLSearchParams({ secret, response: captcha })
  const verdict = (await (await fetch(`${server}/siteverify`, { method: 'POST', body })).json()) as {
    success: boolean
    'error-codes': string[]
  }
  const refusal = captcha === '' ? 'uni-captcha-required' : 'uni-captcha-verify-fail'
  const answer = verdict.success
    ? { errCode: 0, errMsg: 'signed in' }
    : { errCode: refusal, errMsg: verdict['error-codes'].join(), scene: 'login' }
  response.setHeader('content-type', 'application/json')
  response.writeHead(verdict.success ? 200 : 422).end(JSON.stringify(answer))
}
