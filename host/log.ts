import { pino, stdSerializers, stdTimeFunctions, type Logger } from 'pino'
import type { HostSettings } from './settings'

// Enough for a stack; one request cannot fill a log.
const MAX_TEXT = 2048
const MAX_STACK = 8192
const MAX_DEPTH = 5
// What a terminal or a viewer obeys: controls, marks of direction, line ends. JSON escapes \t and \n itself.
const OBEYED = /[^\P{C}\t\n]|[\u2028\u2029]/gu

/** The host's log. Each text in a line is bounded, and its control characters are escaped. */
export function createLog(settings: Pick<HostSettings, 'logLevel' | 'logStream' | 'workerId'>): Logger {
  const base = settings.workerId === undefined ? undefined : { worker: settings.workerId }
  const options = {
    level: settings.logLevel,
    base,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { log: printableFields },
    serializers: { err: printableError },
  }
  return pino(options, settings.logStream ?? process.stdout)
}

/** A text for a line of the log: cut at `maxLength` characters, and without any that a terminal obeys. */
export function printable(text: string, maxLength = MAX_TEXT): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length} characters)` : text
  return cut.replace(OBEYED, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

function printableFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [printable(key), printableValue(value)]))
}

function printableValue(value: unknown, depth = 1): unknown {
  if (typeof value === 'string') return printable(value)
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((one) => printableValue(one, depth + 1))
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value) as null)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [printable(key), printableValue(one, depth + 1)]))
}

function printableError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack, ...more } = stdSerializers.err(error)
  return {
    type: printable(type),
    message: printable(message),
    stack: printable(stack, MAX_STACK),
    ...printableFields(more),
  }
}
