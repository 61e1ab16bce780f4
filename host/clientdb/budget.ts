import { ClientDbError } from './errors'

/** How much one request may read, join, compute and compare, in characters as JSON. */
const MAX_CHARACTERS = 32_000_000

/**
 * What is left to one request, for all its stages and queries together: each stage may answer a multiple of what it is given,
 * and the stages multiply. Everything is charged before it is made, or one document after the other while it is made.
 */
export class Budget {
  private left = MAX_CHARACTERS
  private readonly lengths = new WeakMap<object, number>()

  /** Throws ClientDbError once the request is used up. */
  charge(characters: number): void {
    this.left -= characters
    if (this.left < 0) {
      throw new ClientDbError(
        'uni-cloud-too-many-rows',
        `The request would read, join and compute more than ${MAX_CHARACTERS} characters: ask for fewer documents or fields`,
      )
    }
  }

  /** Charges a value about as long as it is as JSON, and looks no further than what is left. */
  chargeFor(value: unknown): void {
    if (typeof value === 'string') return this.charge(value.length + 2)
    if (typeof value !== 'object' || value === null || value instanceof Date) return this.charge(8)
    const known = this.lengths.get(value)
    if (known !== undefined) return this.charge(known)
    const before = this.left
    this.charge(2)
    for (const [name, one] of Object.entries(value)) {
      if (!Array.isArray(value)) this.charge(name.length + 4)
      this.chargeFor(one)
    }
    this.lengths.set(value, before - this.left)
  }
}
