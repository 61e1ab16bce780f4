import type { solveChallenge } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import { ServiceError } from './service'

export type Solve = typeof solveChallenge

/** Where the file leaves its function: a script with an integrity hash can give its page nothing else. */
export const PROOF_KEY = Symbol.for('uni-captcha-proof')

/** The hash of the file beside the widget's; the build puts it here. */
declare const PROOF_INTEGRITY: string
const PROOF_FILE = 'uni-captcha-proof.js'

/** Loads what computes proofs, from beside the widget's own script. Throws ServiceError where it does not come. */
export async function loadProof(widget: HTMLScriptElement | null): Promise<Solve> {
  const loaded: unknown = Reflect.get(globalThis, PROOF_KEY)
  if (typeof loaded === 'function') return loaded as Solve
  if (!widget?.src) throw new ServiceError('', '')
  const script = document.createElement('script')
  script.src = new URL(PROOF_FILE, widget.src).href
  script.integrity = PROOF_INTEGRITY
  script.crossOrigin = 'anonymous'
  // For policies that name scripts by nonce.
  script.nonce = widget.nonce
  await new Promise<void>((resolve, reject) => {
    script.addEventListener('load', () => resolve())
    script.addEventListener('error', () => reject(new ServiceError('', '')))
    document.head.append(script)
  }).finally(() => script.remove())
  return Reflect.get(globalThis, PROOF_KEY) as Solve
}
