import type { Attempt } from './attempt'

/** Our own host's, and only when it was started with `--dev`. */
declare const uniCloud: { developmentSms(message: { mobile: string; code: string; scene: string }): void }

/** Sends nothing: the host shows the message on its development page. */
export function openDevelopment(): Attempt {
  return async ({ mobile, code, scene }) => {
    uniCloud.developmentSms({ mobile, code, scene })
    return { kind: 'sent' }
  }
}
