/** The callbacks that uniCloud's functions take beside the promise they return. */
export interface Callbacks {
  success?: (result: unknown) => void
  fail?: (error: unknown) => void
  complete?: (outcome: unknown) => void
}

/** Tells the outcome to the callbacks. With one of them, a failure is theirs: the promise does not reject as well. */
export function withCallbacks<T>(outcome: Promise<T>, callbacks: Callbacks | undefined): Promise<T | undefined> {
  const { success, fail, complete } = callbacks ?? {}
  if (![success, fail, complete].some((one) => typeof one === 'function')) return outcome
  return outcome.then(
    (result) => {
      success?.(result)
      complete?.(result)
      return result
    },
    (error: unknown) => {
      fail?.(error)
      complete?.(error)
      return undefined
    },
  )
}
