/** Loads once, at the first call; a load that failed (too many open files, for example) is tried again by the next. */
export function lazy<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading =
      loading ??
      load().catch((error: unknown) => {
        loading = undefined
        throw error
      })
    return loading
  }
}
