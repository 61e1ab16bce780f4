import type { Caller } from './buckets'
import { hashId } from '../kit/values'
import type { CodeStore, Slot } from '../store/store'

const REMEMBER_MS = 30 * 86_400_000
/** Devices of one identity in one scene; a further one takes the place of another. */
const MAX_DEVICES = 16

/** On which devices an identity has succeeded, in the store of the codes; bounded for each identity, and expiring. */
export interface KnownDevices {
  has(codes: CodeStore, caller: Caller): Promise<boolean>
  remember(codes: CodeStore, caller: Caller): Promise<void>
}

export function createKnownDevices(now: () => number): KnownDevices {
  return {
    async has(codes, caller) {
      const known = findPlace(caller)
      const row = known && (await codes.peek(known.slot))
      return row !== undefined && row.expiresAt > now() && row.columns['device_hash'] === known?.device
    },
    async remember(codes, caller) {
      const known = findPlace(caller)
      if (!known) return
      const at = now()
      // No answer passes it: nothing is ever compared with a row of this kind.
      await codes.issue(known.slot, {
        code: '',
        maxAttempts: 1,
        createdAt: at,
        expiresAt: at + REMEMBER_MS,
        columns: { device_hash: known.device },
      })
    },
  }
}

/** Undefined without an identity, and for a code id, which is made anew by each page. */
function findPlace({ slot, identity }: Caller): { slot: Slot; device: string } | undefined {
  if (identity === undefined || !slot.subject.startsWith('device:')) return undefined
  const device = hashId('known device', slot.scene, identity, slot.subject)
  const place = device.charCodeAt(0) % MAX_DEVICES
  return { slot: { kind: 'known', scene: slot.scene, subject: `identity:${place} ${identity}` }, device }
}
