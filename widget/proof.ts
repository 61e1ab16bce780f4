// A file of its own: pages that never compute do not load it.
import { solveChallenge } from '../uni_modules/uni-captcha/js_sdk/proof-of-work/index'
import { PROOF_KEY } from './proof-file'

Reflect.set(globalThis, PROOF_KEY, solveChallenge)
