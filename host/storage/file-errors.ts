import { GatewayError } from '../shared/gateway-error'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code))
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR')
}

/** A full disk as the refusal that clients and cloud functions get; anything else as it is. */
export function toRefusal(error: unknown): unknown {
  const isFull = [...FULL].some((code) => hasCode(error, code))
  return isFull ? new GatewayError('Storage.Full', "The disk of this host's files is full") : error
}
