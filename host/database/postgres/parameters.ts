import type { Test } from '../filter'

/** A test whose number in its condition is known: its value can be another one's. */
interface NumberedTest extends Test {
  readonly at?: number
}

/** How a value is made of those of some tests. */
interface Recipe {
  readonly at: readonly number[]
  readonly toText: (...values: unknown[]) => string
}

/** Collects bound values, which are texts. */
export class Parameters {
  readonly values: string[] = []
  #recipes: Recipe[] | undefined = []

  /** Whether every value is known to come from numbered tests, so that others can take their place. */
  get isRepeatable(): boolean {
    return this.#recipes !== undefined
  }

  /** Answers the placeholder, `$1` and so on, of a text that `toText` makes of the tests' values. */
  bindFrom(tests: readonly NumberedTest[], toText: (...values: unknown[]) => string): string {
    const at = tests.map((test) => test.at)
    if (!at.every((one) => one !== undefined)) return this.bind(toText(...tests.map(({ value }) => value)))
    this.#recipes?.push({ at, toText })
    return this.#push(toText(...tests.map(({ value }) => value)))
  }

  /** Answers the placeholder of this very text. */
  bind(value: string): string {
    this.#recipes = undefined
    return this.#push(value)
  }

  /** Answers an array of texts, as one value: an index looks up each of them. */
  bindList(values: readonly string[]): string {
    return `ARRAY${this.bindSet(values)}`
  }

  /** Answers a SELECT of texts, as one value: for IN, which makes a hash table of them. */
  bindSet(values: readonly string[]): string {
    return `(SELECT jsonb_array_elements_text(${this.bind(JSON.stringify(values))}::text::jsonb))`
  }

  /** The values as these tests have them, which stand in the order of their numbers. */
  repeat(tests: readonly Test[]): string[] {
    return this.#recipes!.map(({ at, toText }) => toText(...at.map((one) => tests[one]!.value)))
  }

  #push(value: string): string {
    return `$${this.values.push(value)}`
  }
}
