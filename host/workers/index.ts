/** The host as several processes: a primary that keeps workers running, and what each worker does for it. */
export { StartFailure } from './worker-process'
export { superviseWorkers } from './primary'
export { serveUnderPrimary, reportFailure } from './worker'
