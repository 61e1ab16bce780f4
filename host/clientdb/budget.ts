import { own } from '../shared/json'
import { ClientDbError } from './errors'
import { isFields, valueAt } from './shape'

/** How much one request may read, join, compute, compare and sort, in characters as JSON. */
const MAX_CHARACTERS = 32_000_000
/** One comparison takes as long as so many characters. */
const COMPARISON = 100
/** A document that is read takes as long as so many characters, however little field() leaves of it. */
const READ_DOCUMENT = 300
/** So does a step of a path, at a document and at each value of a list that it goes through, whatever it finds there. */
const PATH_STEP = 20

/**
 * What is left to one request, for all its stages and queries together: each stage may answer a multiple of what it is given,
 * and the stages multiply. What a stage makes is charged before it is made, or one document after the other while it is made.
 * What is read is charged by what the caller may see of it and has asked for: what is cut off counts for nothing, so that a
 * refusal tells nothing about it, and each document counts for a little more.
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
        `The request would read, join, compute and sort more than ${MAX_CHARACTERS} characters: ask for fewer documents or fields`,
      )
    }
  }

  /** A request that is used up reads nothing more: throws as `charge` does. */
  checkLeft(): void {
    this.charge(0)
  }

  chargeReads(documents: number): void {
    this.charge(READ_DOCUMENT * documents)
  }

  chargeComparisons(count: number): void {
    this.charge(COMPARISON * count)
  }

  /** Charges what a path leads to, and the way there. */
  chargeAt(value: unknown, path: readonly string[]): void {
    this.chargeWay(value, path)
    this.chargeFor(valueAt(value, path))
  }

  /** Charges the way to what a path leads to: every step, also where nothing is found. */
  chargeWay(value: unknown, path: readonly string[]): void {
    const [name, ...rest] = path
    if (name === undefined) return
    this.charge(PATH_STEP)
    if (Array.isArray(value)) for (const one of value) this.chargeWay(one, path)
    else if (isFields(value)) this.chargeWay(own(value, name), rest)
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
