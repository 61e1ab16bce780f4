const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^;"\s]{1,70}))/i
const DISPOSITION = /^content-disposition:\s*form-data\s*;(.*)$/im
const NAME = /(?:^|;)\s*name="([^"]*)"/i
const FILE_NAME = /(?:^|;)\s*filename\*?=/i

/** The text fields of a form as `FormData` sends it, in their order. Undefined for anything else, and for files. */
export function parseMultipart(text: string, contentType: string): [name: string, value: string][] | undefined {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) return undefined
  const [before, ...parts] = `\r\n${text}`.split(`\r\n--${boundary}`)
  const end = parts.pop()
  if (before !== '' || end === undefined || !/^--(\r\n)?$/.test(end)) return undefined
  const fields = parts.map(parsePart)
  return fields.every((field): field is [string, string] => field !== undefined) ? fields : undefined
}

function parsePart(part: string): [name: string, value: string] | undefined {
  const headersEnd = part.indexOf('\r\n\r\n')
  if (!part.startsWith('\r\n') || headersEnd < 0) return undefined
  const [, disposition = ''] = DISPOSITION.exec(part.slice(2, headersEnd)) ?? []
  const [, name] = NAME.exec(disposition) ?? []
  if (name === undefined || FILE_NAME.test(disposition)) return undefined
  return [name, part.slice(headersEnd + 4)]
}
