import { createEndpoint } from '../call/call'
import { lazy } from '../kit/lazy'
import type { Proof, ProofDeps, ProofSteps } from './proof'

/** The steps of a proof, whose code is read from disk by the first call that needs them. */
export function loadProofSteps(deps: ProofDeps): () => Promise<ProofSteps> {
  return lazy(async () => (await import('./proof')).createProofSteps(deps))
}

/** Proofs of work, whose code is read from disk by the first scene that asks for one: a bundle of its own. */
export function createProof(deps: ProofDeps): Proof {
  const endpoint = createEndpoint(deps)
  const steps = loadProofSteps(deps)
  return {
    ask: endpoint(async (call) => (await steps()).ask(call)),
    redeem: endpoint(async (call) => (await steps()).redeem(call)),
  }
}
