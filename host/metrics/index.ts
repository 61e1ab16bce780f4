/** What is measured about a host and its cloud code, and where it can be read. */
export { Metrics, toMetricsText, type Snapshot } from './metrics'
export { measureRequests } from './requests'
export { metricsRoute } from './route'
export { gatherThroughPrimary, serveGathering } from './workers'
