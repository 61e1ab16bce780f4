import { createHash } from 'node:crypto'
import type { FieldPath } from '../names'

/** PostgreSQL cuts longer names without a word. */
const MAX_NAME_BYTES = 63
const DIGEST_CHARACTERS = 16

/** A quoted name; one that is too long keeps its beginning, and a digest keeps it apart from others. */
export function toIdentifier(name: string): string {
  return `"${toName(name)}"`
}

export function toName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_CHARACTERS)
  let start = name
  while (Buffer.byteLength(start) > MAX_NAME_BYTES - DIGEST_CHARACTERS - 1) start = start.slice(0, -1)
  return `${start}.${digest}`
}

/** The text at a path of `q`; NULL where there is nothing. Parts of paths are letters, digits, "_" and "-". */
export function textAt({ segments }: Pick<FieldPath, 'segments'>): string {
  const [first, ...rest] = segments
  const held = rest.length === 0 ? `t.q ->> '${first}'` : `t.q #>> '${toPathLiteral({ segments })}'`
  return `((${held}) COLLATE "C")`
}

/** A path as the operators of JSON take it, in quotes. */
export function toPathLiteral({ segments }: Pick<FieldPath, 'segments'>): string {
  return `{${segments.map((name) => `"${name}"`).join()}}`
}
