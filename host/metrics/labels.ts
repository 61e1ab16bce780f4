/** What every value beyond the bound counts as. */
const OTHER = 'other'

const MAX_LABEL_LENGTH = 128

/**
 * A bounded set of label values: each one is a time series for the scraper, and some of them come from clients.
 * The first ones are kept for as long as the process lives.
 */
export class LabelValues {
  private readonly known = new Set<string>()

  constructor(private readonly most: number) {}

  /** The value itself, or `other`. */
  of(value: unknown): string {
    if (typeof value !== 'string' || value.length > MAX_LABEL_LENGTH) return OTHER
    if (this.known.has(value)) return value
    // Halves of a surrogate pair would all be written as the same replacement character: one series told twice.
    if (this.known.size >= this.most || !value.isWellFormed()) return OTHER
    this.known.add(value)
    return value
  }
}
