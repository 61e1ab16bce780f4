import { failure } from '../errors'
import type { Proof, ProofParts } from './proof'
import { localeOf } from '../kit/request'

/** Proofs of work, read from disk by the first scene that asks for one: a bundle of its own. */
export function lazyProof(parts: ProofParts): Proof {
  let loading: Promise<Proof> | undefined
  const later =
    <Name extends keyof Proof>(name: Name) =>
    async (params: Parameters<Proof[Name]>[0]) => {
      try {
        loading = loading ?? import('./proof').then(({ createProof }) => createProof(parts))
        const proof = await loading
        return await (proof[name] as (params: unknown) => ReturnType<Proof[Name]>)(params)
      } catch (error) {
        // Too many open files, say: the next call tries again.
        loading = undefined
        return failure(error, 'interior', localeOf(params, parts.caller()))
      }
    }
  return { ask: later('ask') as Proof['ask'], redeem: later('redeem') as Proof['redeem'] }
}
