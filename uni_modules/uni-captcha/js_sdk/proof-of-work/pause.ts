/** Gives the thread back for a moment, so that events and drawing get their turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    // #ifdef H5
    // Unlike timers this is as fast in a tab that is not shown.
    if (typeof MessageChannel !== 'undefined') {
      const { port1, port2 } = new MessageChannel()
      port1.addEventListener('message', () => {
        port1.close()
        resolve()
      })
      port1.start()
      port2.postMessage(0)
      return
    }
    // #endif
    setTimeout(resolve, 0)
  })
}
