import type { IncomingMessage } from 'node:http'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { GatewayError } from '../shared/gateway-error'

/** The one file of a form, and what stood before it. */
export interface FormFile {
  fields: ReadonlyMap<string, string>
  content: BusboyFileStream
  /** As the sender declared it; empty where it did not. */
  type: string
}

// What clients send is a dozen fields, one of them a policy, and one file.
const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 8192,
  fields: 32,
  files: 1,
  parts: 33,
  headerPairs: 16,
  headerSize: 4096,
}

/**
 * Reads a form with one file, as it comes; `receive` is called with the file once and has to read it. Resolves with what
 * it answers once the whole form is there. Rejects with GatewayError for a form of another kind, and when the sender goes
 * away; `receive` has ended by then, its file with an error.
 */
export async function readForm<T>(request: IncomingMessage, receive: (file: FormFile) => Promise<T>): Promise<T> {
  const busboy = openParser(request)
  const fields = new Map<string, string>()
  let received: Promise<T> | undefined
  let content: BusboyFileStream | undefined
  const whole = new Promise<void>((resolve, reject) => {
    // The rest goes nowhere, but it is read: a client that sends everything first reads no answer before that.
    const fail = (error: unknown) => {
      request.unpipe(busboy)
      request.resume()
      reject(error)
    }
    busboy.on('field', (name, value) => fields.set(name, value))
    busboy.on('file', (name, stream, _fileName, _encoding, type) => {
      // It reaches the reader, where there is one yet.
      stream.on('error', () => {})
      if (name !== 'file') {
        stream.resume()
        return fail(malformed('its file has to be named "file"'))
      }
      content = stream
      received = receive({ fields, content: stream, type: type ?? '' })
      received.catch(fail)
    })
    busboy.on('fieldsLimit', () => fail(malformed('it has too many fields')))
    busboy.on('partsLimit', () => fail(malformed('it has too many parts')))
    busboy.on('filesLimit', () => fail(malformed('it has more than one file')))
    busboy.on('error', () => fail(malformed('it is not complete')))
    busboy.on('finish', resolve)
    request.on('error', fail)
    request.on('close', () => {
      if (!request.complete) fail(malformed('it was given up'))
    })
    request.pipe(busboy)
  })
  try {
    await whole
  } catch (error) {
    content?.destroy(error as Error)
    await received?.catch(() => {})
    throw error
  }
  if (!received) throw malformed('it has no file')
  return received
}

function openParser({ headers }: IncomingMessage): BusboyInstance {
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits: LIMITS })
  } catch {
    throw malformed('its content type has to be multipart/form-data with a boundary')
  }
}

function malformed(what: string): GatewayError {
  return new GatewayError('InvalidFile.Form', `The form of this upload cannot be read: ${what}`)
}
