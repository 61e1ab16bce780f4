import { GatewayError } from '../shared/gateway-error'

const WINDOW_MS = 60 * 60 * 1000
const MAX_ADDRESSES = 20_000

interface Spent {
  uploads: number
  bytes: number
  startedMs: number
}

/** What each address uploads within an hour, in the memory of one process. 0 means unlimited. */
export class UploadBudget {
  /** In the order in which their hours began. */
  readonly #spent = new Map<string, Spent>()

  constructor(
    private readonly maxUploads: number,
    private readonly maxBytes: number,
    private readonly now: () => number,
  ) {}

  /** Throws GatewayError where nothing is left. */
  check(address: string): void {
    const { uploads, bytes } = this.#find(address)
    if (this.maxUploads > 0 && uploads >= this.maxUploads) throw refusal(`${this.maxUploads} files`)
    if (this.maxBytes > 0 && bytes >= this.maxBytes) throw refusal(`${this.maxBytes} bytes`)
  }

  /** Pays before anything is stored: what is given up half way counts as what was promised. Throws GatewayError. */
  spend(address: string, bytes: number): void {
    const spent = this.#find(address)
    if (this.maxUploads > 0 && spent.uploads + 1 > this.maxUploads) throw refusal(`${this.maxUploads} files`)
    if (this.maxBytes > 0 && spent.bytes + bytes > this.maxBytes) throw refusal(`${this.maxBytes} bytes`)
    spent.uploads++
    spent.bytes += bytes
    this.#spent.set(address, spent)
    if (this.#spent.size > MAX_ADDRESSES) this.#forgetOldest()
  }

  #find(address: string): Spent {
    const known = this.#spent.get(address)
    if (known && this.now() - known.startedMs < WINDOW_MS) return known
    this.#spent.delete(address)
    return { uploads: 0, bytes: 0, startedMs: this.now() }
  }

  #forgetOldest(): void {
    const [oldest] = this.#spent.keys()
    if (oldest !== undefined) this.#spent.delete(oldest)
  }
}

function refusal(limit: string): GatewayError {
  return new GatewayError('Throttling.Api', `This address may upload ${limit} within an hour; try again later`)
}
