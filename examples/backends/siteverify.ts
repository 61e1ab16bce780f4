// What the examples in TypeScript share. SITEVERIFY_URL and SITE_SECRET in the environment; needs no package.
import { randomUUID } from 'node:crypto'

const { SITEVERIFY_URL = '', SITE_SECRET = '' } = process.env

/** Whether the token in a form passes, for one action alone. Without a verdict in three seconds it does not. */
export async function passes(form: unknown, action: string): Promise<boolean> {
  const token = (form as Record<string, unknown> | undefined)?.['uni-captcha-response']
  if (typeof token !== 'string' || token === '') return false
  // With the key, a second try after a lost reply gets the verdict of the first one.
  const body = new URLSearchParams({ secret: SITE_SECRET, response: token, idempotency_key: randomUUID() })
  const signal = AbortSignal.timeout(3000)
  for (let tries = 0; tries < 2; tries++) {
    try {
      const response = await fetch(SITEVERIFY_URL, { method: 'POST', body, signal })
      const verdict = (await response.json()) as { success: boolean; action?: string }
      if (response.ok) return verdict.success === true && verdict.action === action
    } catch {
      // the next try, or none
    }
  }
  return false
}
