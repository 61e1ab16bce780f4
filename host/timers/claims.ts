/** Ends a claim; the next due time can then be claimed. */
export type Release = () => Promise<void>

/**
 * Which process runs a timer: a due time is claimed by one process of the installation, and not while another still runs
 * the one before.
 */
export interface TimerClaims {
  /**
   * A release when this process may run the function now, else undefined. A crashed holder's claim ends with `leaseMs`;
   * `due` and `now` are epoch milliseconds.
   */
  claim(name: string, due: number, now: number, leaseMs: number): Promise<Release | undefined>
}
