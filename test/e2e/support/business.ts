import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'

/** A function of an application whose back end is any: asks `siteverify`, and for a captcha where there is no token. */
export async function answerBusiness(
  request: IncomingMessage,
  response: ServerResponse,
  server: string,
  secret: string,
): Promise<void> {
  const { captcha = '' } = JSON.parse(await readText(request)) as { captcha?: string }
  const verdict = await siteverify(server, new URLSearchParams({ secret, response: captcha }))
  const refusal = captcha === '' ? 'uni-captcha-required' : 'uni-captcha-verify-fail'
  const answer = verdict.success
    ? { errCode: 0, errMsg: 'signed in' }
    : { errCode: refusal, errMsg: verdict['error-codes'].join(), scene: 'login' }
  response.setHeader('content-type', 'application/json')
  response.writeHead(verdict.success ? 200 : 422).end(JSON.stringify(answer))
}

/** Without `fetch`: in a test with a document it is a page's, and bound to its origin. */
function siteverify(server: string, form: URLSearchParams): Promise<{ success: boolean; 'error-codes': string[] }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asking = httpRequest(`${server}/siteverify`, { method: 'POST', headers }, (answer) => {
      readText(answer).then((text) => resolve(JSON.parse(text)), reject)
    })
    asking.on('error', reject).end(String(form))
  })
}

async function readText(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of message) text += String(chunk)
  return text
}
