import { readExtension } from './cloud-path'

/** What browsers show in place and run nothing of. */
const SHOWN: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  aac: 'audio/aac',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  webm: 'video/webm',
}

/** What senders write that know nothing of the file. */
const UNDECLARED = new Set(['', 'application/octet-stream'])

/** Whether a file may be shown in place: its extension is of a kind that can be, and what it was declared as agrees. */
export function isShown(path: string, declaredType: string): boolean {
  const type = SHOWN[readExtension(path)]
  const declared = declaredType.trim().toLowerCase()
  return type !== undefined && (UNDECLARED.has(declared) || toFamily(declared) === toFamily(type))
}

/** The headers that a file is served with: shown in place by its own type, or handed out to be saved. */
export function toContentHeaders(path: string, shown: boolean): Record<string, string> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const disposition = `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeName(name)}`
  return {
    'content-type': (shown ? SHOWN[readExtension(path)] : undefined) ?? 'application/octet-stream',
    'content-disposition': disposition,
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
  }
}

/** Pictures, or sound and film, which share containers; a type that can hold a script is a family of its own. */
function toFamily(type: string): string {
  const [family = ''] = type.split('/')
  if (family === 'audio' || family === 'video') return 'media'
  return family === 'image' && !type.includes('+xml') ? family : type
}

/** RFC 8187, which keeps fewer characters than an address does. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}
