import { GatewayError } from '../shared/gateway-error'

/** Where files are read and written. */
export const FILES_PATH = '/unicloud/files'

const MAX_PATH_LENGTH = 256
const MAX_SEGMENTS = 16
// Control characters, and what file systems and addresses give a meaning of its own.
const FORBIDDEN = /[\p{Cc}\\:*?"<>|]/u
const FILE_ID = /^[0-9a-f]{32}$/

/**
 * Reads a `cloudPath`: folders and a file name, without a slash at either end. It names a file to people and never
 * reaches a file system; what proxies and browsers would read as another path is refused. Throws GatewayError.
 */
export function readCloudPath(given: unknown): string {
  if (typeof given !== 'string' || given.trim() === '') throw refusal('is missing; it has to be a text')
  const path = given.trim().replace(/^\/+/, '')
  if (path.length > MAX_PATH_LENGTH) throw refusal(`is longer than ${MAX_PATH_LENGTH} characters`)
  if (!path.isWellFormed() || FORBIDDEN.test(path)) {
    throw refusal('has a character that is not allowed (control characters and \\ : * ? " < > |)')
  }
  const segments = path.split('/')
  if (segments.length > MAX_SEGMENTS) throw refusal(`has more than ${MAX_SEGMENTS} folders`)
  if (segments.some((segment) => isRelative(segment))) throw refusal('has an empty name, "." or ".." in it')
  return path
}

/** Which file an address names. */
export interface FileAddress {
  id: string
  path: string
}

/** The end of an address that opens the file. */
export function toFilePath({ id, path }: FileAddress): string {
  return `${FILES_PATH}/${id}/${path.split('/').map(encodeURIComponent).join('/')}`
}

export function isFileId(text: string): boolean {
  return FILE_ID.test(text)
}

/** What an address of this host's names, whatever domain it was given out under; undefined for other addresses. */
export function readFileAddress(address: unknown): FileAddress | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined
  const { pathname } = new URL(address)
  const start = pathname.indexOf(`${FILES_PATH}/`)
  if (start < 0) return undefined
  const [id = '', ...segments] = pathname.slice(start + FILES_PATH.length + 1).split('/')
  if (!isFileId(id)) return undefined
  try {
    return { id, path: segments.map(decodeURIComponent).join('/') }
  } catch {
    return undefined
  }
}

/** The end of a file's name in lower case, without the dot; empty where it has none. */
export function readExtension(path: string): string {
  const [, extension = ''] = /\.([^./]+)$/.exec(path) ?? []
  return extension.toLowerCase()
}

/** Also for a segment that a proxy would decode once or twice more. */
function isRelative(segment: string): boolean {
  const decoded = segment.replace(/%(25)*2e/gi, '.').trim()
  return decoded === '' || decoded === '.' || decoded === '..'
}

function refusal(what: string): GatewayError {
  return new GatewayError('InvalidFile.Path', `"cloudPath" ${what}`)
}
