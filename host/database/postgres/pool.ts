import type postgres from 'postgres'

/** A connection that has been busy without a pause for so many statements is avoided until it has one. */
const MAX_STATEMENTS_UNTIL_IDLE = 1000

/** One connection, while its holder uses it. */
export interface Lease {
  readonly sql: postgres.Sql
  release(): void
}

interface Member {
  readonly sql: postgres.Sql
  /** How many hold it. */
  holders: number
  isReserved: boolean
  statementsUntilIdle: number
}

/**
 * Connections to one server, each of them a client with a single connection. The client's own pool never lets go of the
 * places that statements had in its queue of busy connections, and searches all of them at each one: the longer it was
 * busy, the slower it is (its `queue.js`). So does its queue of sent statements until it is empty.
 */
export class Pool {
  #members: Member[]
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly connect: () => postgres.Sql,
    private readonly maxConnections: number,
  ) {
    this.#members = this.#makeMembers()
  }

  /** The connection that has least to do, if there is one that is not reserved; `isReserved`: for this holder alone. */
  tryLease(isReserved: boolean): Lease | undefined {
    let chosen: Member | undefined
    for (const member of this.#members) {
      if (!member.isReserved && (!chosen || toLoad(member) < toLoad(chosen))) chosen = member
    }
    return chosen && this.#lease(chosen, isReserved)
  }

  /** As `tryLease`, in turn with the others that wait. */
  async lease(isReserved: boolean): Promise<Lease> {
    for (;;) {
      const lease = this.tryLease(isReserved)
      if (lease) return lease
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Makes all connections anew, unless that has happened since this one was given out. */
  replace(lease: Lease, endTimeoutS: number): void {
    if (!this.#members.some(({ sql }) => sql === lease.sql)) return
    const given = this.#members
    this.#members = this.#makeMembers()
    for (const { sql } of given) void sql.end({ timeout: endTimeoutS })
    this.#wake()
  }

  async end(timeoutS: number): Promise<void> {
    await Promise.all(this.#members.map(({ sql }) => sql.end({ timeout: timeoutS })))
  }

  #makeMembers(): Member[] {
    return Array.from({ length: this.maxConnections }, () => {
      return { sql: this.connect(), holders: 0, isReserved: false, statementsUntilIdle: 0 }
    })
  }

  #lease(member: Member, isReserved: boolean): Lease {
    member.holders++
    member.statementsUntilIdle++
    member.isReserved = isReserved
    return {
      sql: member.sql,
      release: () => {
        if (--member.holders === 0) member.statementsUntilIdle = 0
        if (!isReserved) return
        member.isReserved = false
        this.#wake()
      },
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

function toLoad({ holders, statementsUntilIdle }: Member): number {
  return holders + (statementsUntilIdle < MAX_STATEMENTS_UNTIL_IDLE ? 0 : MAX_STATEMENTS_UNTIL_IDLE)
}
