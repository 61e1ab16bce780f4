// What an attacker gets who owns a perfect reader and as many addresses as they like, and does no work.

/** The service as the attacker sees it, with the answer beside each picture; the clock is the attack's. */
export interface Target {
  clock: { now: number }
  /** asks for a picture and answers what it shows, or how long to wait, seconds */
  read(caller: Caller): Promise<{ answer: string } | { retryAfter: number | undefined }>
  /** whether the answer was accepted, or how long to wait, seconds; undefined: no wait helps */
  submit(caller: Caller, answer: string): Promise<'accepted' | 'wrong' | { retryAfter: number | undefined }>
}

export interface Caller {
  deviceId: string
  clientIP: string
}

export interface Haul {
  /** when each token was accepted, epoch milliseconds */
  accepted: number[]
  wrong: number
}

let devices = 0

/**
 * Asks from each address in turn until each has been told to wait, then lets the clock jump to where the first may go
 * on; until `durationMs` has gone by. `guess` takes the place of reading.
 */
export async function attack(
  { clock, read, submit }: Target,
  addresses: string[],
  durationMs: number,
  guess?: () => string,
): Promise<Haul> {
  const end = clock.now + durationMs
  const haul: Haul = { accepted: [], wrong: 0 }
  const freeAt = new Map(addresses.map((address) => [address, clock.now]))
  const wait = (address: string, retryAfter = Infinity) => freeAt.set(address, clock.now + retryAfter * 1000)
  while (clock.now < end) {
    const free = addresses.filter((address) => (freeAt.get(address) ?? 0) <= clock.now)
    if (free.length === 0) {
      clock.now = Math.min(...freeAt.values())
      continue
    }
    for (const clientIP of free) {
      const caller = { deviceId: `made up ${++devices}`, clientIP }
      const picture = await read(caller)
      if ('retryAfter' in picture) {
        wait(clientIP, picture.retryAfter)
        continue
      }
      const outcome = await submit(caller, guess?.() ?? picture.answer)
      if (outcome === 'accepted') haul.accepted.push(clock.now)
      else if (outcome === 'wrong') haul.wrong++
      else wait(clientIP, outcome.retryAfter)
    }
  }
  return haul
}

/** The most that were accepted within any stretch of so long. */
export function mostWithin(accepted: number[], lengthMs: number): number {
  let most = 0
  let first = 0
  accepted.forEach((at, index) => {
    while (accepted[first]! <= at - lengthMs) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}
