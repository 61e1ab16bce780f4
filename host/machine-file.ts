import type { Logger } from 'pino'
import { currentCall } from './runtime/call'

const MOST_WARNINGS = 100

/**
 * Warns, once a collection and process, when a function writes what no other machine sees: with several machines on one
 * Redis, each has a database file of its own.
 */
export function warnOfOwnFile(log: Pick<Logger, 'warn'>): (collection: string) => void {
  const told = new Set<string>()
  return (collection) => {
    const writer = currentCall()
    if (!writer || told.has(collection) || told.size >= MOST_WARNINGS) return
    told.add(collection)
    const what = `the collection ${collection} lies in this machine's own file, which no other machine on this Redis sees`
    log.warn({ collection, function: writer.functionName }, `${what}; with one machine only, set SINGLE_MACHINE=1`)
  }
}
