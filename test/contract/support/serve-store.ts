/** What a process is asked: to open a store in a place, to close it, or to call a method of it. */
export type StoreRequest = { open: string } | { close: true } | { method: string; args: never[] }

export interface StoreReply {
  id: number
  value?: unknown
  error?: string
}

export interface ServedStore {
  call(method: string, args: never[]): Promise<unknown>
  close(): unknown
}

/** Serves a store over the channel to the parent, and ends with it. */
export function serveStore(open: (place: string) => ServedStore | Promise<ServedStore>): void {
  let store: ServedStore | undefined
  const close = async () => {
    const closing = store
    store = undefined
    await closing?.close()
  }
  const run = async (request: StoreRequest): Promise<unknown> => {
    if ('method' in request) return store!.call(request.method, request.args)
    if ('open' in request) store = await open(request.open)
    else await close()
    return undefined
  }
  process.on('message', (request: StoreRequest & { id: number }) => {
    run(request).then(
      (value) => process.send?.({ id: request.id, value } satisfies StoreReply),
      (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies StoreReply),
    )
  })
  process.on('disconnect', () => {
    void close().then(() => process.exit(0))
  })
}

/** The method of that name; stores come without classes, so that none needs its `this`. */
export function getMethod(store: object, name: string): (...args: never[]) => Promise<unknown> {
  return (store as Record<string, (...args: never[]) => Promise<unknown>>)[name]!
}
