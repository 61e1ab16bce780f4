import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { GatewayError } from '../shared/gateway-error'
import { toFilePath } from './cloud-path'
import { isMissing } from './file-errors'
import { tooLarge } from './file-folder'
import { missingFile, readList, type Files } from './files'

/** What cloud functions call on `uniCloud`. Each method throws GatewayError for what it refuses. */
export const CLOUD_METHODS = {
  async uploadFile(files: Files, given: Given): Promise<object> {
    const { fileContent } = given
    if (!(fileContent instanceof Readable)) return storeFile(files, given)
    // A stream fails when it likes, and has to be closed where it is not read.
    fileContent.on('error', () => {})
    try {
      return await storeFile(files, given)
    } finally {
      fileContent.destroy()
    }
  },

  /** The content, or where it was saved. */
  async downloadFile(files: Files, { fileID, tempFilePath }: Given): Promise<object> {
    const file = await files.find(fileID)
    if (!file) throw missingFile()
    const content = createReadStream(join(files.folder.dir, files.folder.toName(file.id)))
    if (typeof tempFilePath !== 'string') return { fileContent: await buffer(content) }
    await pipeline(content, createWriteStream(tempFilePath))
    return { tempFilePath }
  },

  /** A file that is not there is told of in the list. */
  async deleteFile(files: Files, { fileList }: Given): Promise<object> {
    const deleted: object[] = []
    for (const fileID of readList(fileList)) {
      const file = await files.find(fileID)
      const success = file !== undefined && (await files.folder.remove(file.id))
      deleted.push({ fileID, success, code: success ? 'SUCCESS' : 'STORAGE_FILE_NONEXIST' })
    }
    return { fileList: deleted }
  },

  async getTempFileURL(files: Files, { fileList }: Given): Promise<object> {
    return { fileList: files.link(fileList, files.options.ownUrl()) }
  },

  async getFileInfo(files: Files, { fileList }: Given): Promise<object> {
    return { fileList: await files.describe(fileList, files.options.ownUrl()) }
  },
} as const

type Given = Record<string, unknown>

async function storeFile(files: Files, given: Given): Promise<object> {
  files.refuseUnless('functions')
  const path = files.readPath(given.cloudPath)
  const { fileLimitBytes, ownUrl } = files.options
  const { open, bytes = fileLimitBytes } = await readContent(given.fileContent)
  if (bytes > fileLimitBytes) throw tooLarge(fileLimitBytes)
  const id = randomBytes(16).toString('hex')
  const draft = await files.folder.reserve(id, bytes)
  try {
    await draft.write(open(), fileLimitBytes)
    await draft.commit(files.toFacts(path, ''))
  } catch (error) {
    await draft.discard()
    throw error
  }
  return { fileID: ownUrl() + toFilePath({ id, path }) }
}

interface Content {
  /** Called once there is a place for it. */
  open(): Readable
  /** Where it is known. */
  bytes?: number
}

async function readContent(given: unknown): Promise<Content> {
  if (given instanceof Uint8Array) {
    const content = Buffer.from(given.buffer, given.byteOffset, given.length)
    return { open: () => Readable.from([content]), bytes: content.length }
  }
  if (typeof given === 'string') return { open: () => createReadStream(given), bytes: await readFileSize(given) }
  if (given instanceof Readable) return { open: () => given }
  const allowed = 'a Buffer, a readable stream, or the absolute path of a file'
  throw new GatewayError('InvalidParams.Format', `"fileContent" has to be ${allowed}`)
}

async function readFileSize(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (found?.isFile()) return found.size
  throw new GatewayError('InvalidParams.Format', '"fileContent" is a path at which there is no file')
}
