import { isJsonObject, own } from '../gateway/json'
import { AdminError } from './errors'

const LONGEST_TOKEN = 512
const LONGEST_NAME = 40
const LONGEST_SCENE = 64
const LONGEST_VERSION = 64
const LONGEST_ID = 64
/** UTF-16 units; a configuration of a hundred scenes has some thirty thousand. */
const LONGEST_CONFIG = 100_000
const DAY_MS = 86_400_000
const MOST_DAYS = 31

export function credentialsOf(body: unknown): { token: string; name: string } {
  const name = text(body, 'name', LONGEST_NAME, true).replace(/\p{C}/gu, '').trim()
  return { token: text(body, 'token', LONGEST_TOKEN), name }
}

export function previewOf(body: unknown): { text: string; scene: string; locale: string } {
  return {
    text: text(body, 'text', LONGEST_CONFIG),
    scene: text(body, 'scene', LONGEST_SCENE, true),
    locale: text(body, 'locale', 35, true),
  }
}

export function saveOf(body: unknown): { text: string; version: string } {
  return { text: text(body, 'text', LONGEST_CONFIG), version: text(body, 'version', LONGEST_VERSION) }
}

export function goBackOf(body: unknown): { id: string; version: string } {
  return { id: text(body, 'id', LONGEST_ID), version: text(body, 'version', LONGEST_VERSION) }
}

/** A span of at most a month, in epoch milliseconds. */
export function spanOf(query: unknown): { from: number; to: number } {
  const [from, to] = [Number(text(query, 'from', 16)), Number(text(query, 'to', 16))]
  const isSpan = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to
  if (!isSpan || to - from > MOST_DAYS * DAY_MS)
    throw invalid('from, to', `milliseconds, at most ${MOST_DAYS} days apart`)
  return { from, to }
}

function text(fields: unknown, name: string, longest: number, mayBeEmpty = false): string {
  const value = isJsonObject(fields) ? (own(fields, name) ?? (mayBeEmpty ? '' : undefined)) : undefined
  if (typeof value !== 'string' || value.length > longest || (value === '' && !mayBeEmpty)) {
    throw invalid(name, `a string of ${mayBeEmpty ? 0 : 1} to ${longest} characters`)
  }
  return value
}

function invalid(name: string, allowed: string): AdminError {
  return new AdminError('InvalidRequest', `${name} has to be ${allowed}`)
}
