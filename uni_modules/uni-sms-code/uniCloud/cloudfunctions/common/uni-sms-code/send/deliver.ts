import { SmsCodeError } from '../errors'
import type { Deps } from '../codes/deps'
import { MIN_TIME_LEFT_MS } from '../providers/attempt'
import type { Message, Provider, ProviderName, SendOutcome } from '../providers/provider'
import { REASONS } from './reasons'
import type { Reservation } from './reserve'

export interface NamedProvider<M extends Message> {
  name: ProviderName
  provider: Provider<M>
}

/**
 * Hands the message to the providers, one after the other, within the time, and makes its code valid unless it was
 * certainly not sent; then the cooldown is given back and the counts stay. Throws the refusal. What is unknown counts as
 * sent: a second message, or a code on a screen that is not accepted, would be worse.
 */
export async function deliver<M extends Message>(
  deps: Pick<Deps, 'now' | 'recorder'>,
  providers: NamedProvider<M>[],
  { channel, message, activate, releaseCooldown }: Reservation<M>,
  timeoutMs: number,
): Promise<{ mayHaveFailed: boolean }> {
  const { outcome, told } = await handInToAny(deps, providers, message, timeoutMs)
  const fate = outcome.kind === 'refused' ? (`refused_${outcome.reason}` as const) : outcome.kind
  if (outcome.kind === 'refused') {
    await releaseCooldown()
    await Promise.all([...told, deps.recorder.count(channel, message.scene, fate)])
    throw new SmsCodeError(REASONS[outcome.reason].error)
  }
  await activate()
  await Promise.all([...told, deps.recorder.count(channel, message.scene, fate)])
  return { mayHaveFailed: outcome.kind === 'unknown' }
}

/**
 * The next provider is asked only when one surely refused for a reason of its own: a phone never gets two messages. `told`
 * is what statistics are still writing: no message waits for them, and no code.
 */
async function handInToAny<M extends Message>(
  { recorder, now }: Pick<Deps, 'now' | 'recorder'>,
  providers: NamedProvider<M>[],
  message: M,
  timeoutMs: number,
): Promise<{ outcome: SendOutcome; told: Promise<void>[] }> {
  const deadline = now() + timeoutMs
  const told: Promise<void>[] = []
  let outcome: SendOutcome | undefined
  for (const { name, provider } of providers) {
    const startMs = now()
    const leftMs = deadline - startMs
    if (outcome && leftMs < MIN_TIME_LEFT_MS) break
    outcome = await handIn(provider, message, leftMs)
    const seconds = (now() - startMs) / 1000
    told.push(recorder.handedIn({ provider: name, scene: message.scene, outcome, seconds }))
    if (outcome.kind !== 'refused' || !REASONS[outcome.reason].isOfProvider) break
  }
  return { outcome: outcome ?? { kind: 'unknown' }, told }
}

/** A provider that throws has a fault of its own, and says nothing about the message. */
async function handIn<M extends Message>(provider: Provider<M>, message: M, withinMs: number): Promise<SendOutcome> {
  try {
    return await provider.send(message, withinMs)
  } catch (error) {
    return { kind: 'unknown', providerCode: error instanceof Error ? error.name : typeof error }
  }
}
