import { Backoff } from './backoff'
import { Member, describeEnd, type StartFailure } from './member'
import { LINGER_MS } from './messages'

export interface CrewOptions {
  count: number
  /** Given to each worker with this process's own environment. */
  environment: Record<string, string>
  /** Tells the person who started it one sentence. */
  say: (sentence: string) => void
}

/** Starts that fail in a row for the same reason, while nobody serves, before it is given up. */
const HOPELESS_STARTS = 5

/** One of the crew's places: whoever leaves it is followed by another. */
interface Place {
  member: Member
  backoff: Backoff
}

/** Keeps a number of workers serving. */
export class WorkerPool {
  readonly #places: Place[] = []
  readonly #members = new Set<Member>()
  readonly #given: (reason: StartFailure) => void
  readonly #failures = { reason: '', count: 0 }
  /** Rejects with StartFailure when no worker serves and none can start. */
  readonly hopeless: Promise<never>
  #isStopping = false
  #renewal: Promise<void> | undefined

  constructor(private readonly options: CrewOptions) {
    let given!: (reason: StartFailure) => void
    this.hopeless = new Promise((_, reject) => (given = reject))
    this.hopeless.catch(() => {})
    this.#given = given
  }

  /**
   * Answers the address when all listen. The first starts alone: it makes the secret and the indexes, and what is wrong
   * with a setting or the port is said once. Rejects with StartFailure when it cannot start.
   */
  async start(): Promise<string> {
    const first = this.#hire()
    const url = await first.ready.catch((failure: unknown) => (this.#isStopping ? never() : Promise.reject(failure)))
    const others = Array.from({ length: this.options.count - 1 }, () => this.#hire())
    for (const member of [first, ...others]) {
      const place = { member, backoff: new Backoff() }
      this.#places.push(place)
      void this.#keep(place)
    }
    await Promise.all(this.#places.map((place) => this.#filled(place)))
    return url
  }

  /** Replaces each worker by a new one, one after the other: the new one listens before the old one lets go. */
  renew(): Promise<void> {
    return (this.#renewal ??= this.#renewAll().finally(() => (this.#renewal = undefined)))
  }

  /** Every worker finishes its requests and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const member of this.#members) {
      if (member.readyAt === undefined) member.kill()
      else member.drain(0)
    }
    await Promise.all([...this.#members].map((member) => member.gone))
  }

  kill(): void {
    for (const member of this.#members) member.kill()
  }

  #hire(): Member {
    const member = new Member(this.options.environment)
    this.#members.add(member)
    void member.gone.then(() => this.#members.delete(member))
    return member
  }

  async #keep(place: Place): Promise<void> {
    while (!this.#isStopping) {
      const { member } = place
      await member.ready.catch((failure: StartFailure) => this.#note(failure))
      await member.leaving
      // A renewal has put another in its place already.
      if (place.member !== member || this.#isStopping) continue
      const servedMs = member.readyAt === undefined ? 0 : performance.now() - member.readyAt
      if (servedMs > 0) void this.#tell(member)
      await pause(place.backoff.waitMs(servedMs))
      if (place.member === member && !this.#isStopping) place.member = this.#hire()
    }
  }

  async #tell(member: Member): Promise<void> {
    const end = await member.gone
    if (!this.#isStopping) this.options.say(`Worker ${member.id} ${describeEnd(end)}; another takes its place.`)
  }

  /** Each reason is said once in a row; when it is everybody's, the crew gives up. */
  #note(failure: StartFailure): void {
    if (this.#isStopping) return
    const { reason, count } = this.#failures
    const isSame = reason === failure.message
    Object.assign(this.#failures, { reason: failure.message, count: isSame ? count + 1 : 1 })
    const isAnybodyServing = [...this.#members].some((member) => member.isServing)
    if (!isAnybodyServing && this.#failures.count >= HOPELESS_STARTS) this.#given(failure)
    else if (!isSame) this.options.say(`A worker cannot start and is tried again: ${failure.message}`)
  }

  /** Waits until whoever is in the place listens. */
  async #filled(place: Place): Promise<void> {
    while (!this.#isStopping) {
      const { member } = place
      const isReady = await member.ready.then(
        () => true,
        () => false,
      )
      if (isReady) return
      while (place.member === member && !this.#isStopping) await pause(20)
    }
  }

  async #renewAll(): Promise<void> {
    for (const place of this.#places) {
      if (this.#isStopping) return
      const next = this.#hire()
      await next.ready
      const before = place.member
      place.member = next
      before.drain(LINGER_MS)
      await before.gone
    }
  }
}

/** For a start that was called off: the process ends meanwhile. */
function never(): Promise<never> {
  return new Promise(() => {})
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
