import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { GatewayError } from '../shared/gateway-error'
import { toFilePath } from './cloud-path'
import { tooLarge } from './file-folder'
import { missingFile, readList, type Files } from './files'

/** What cloud functions call on `uniCloud`. Each method throws GatewayError for what it refuses. */
export const CLOUD_METHODS = {
  async uploadFile(files: Files, given: Given): Promise<object> {
    files.refuseUnless('functions')
    const path = files.readPath(given.cloudPath)
    const { fileLimitBytes, ownUrl } = files.options
    const { content, bytes = fileLimitBytes } = await readContent(given.fileContent)
    if (bytes > fileLimitBytes) throw tooLarge(fileLimitBytes)
    const id = randomBytes(16).toString('hex')
    const draft = await files.folder.reserve(id, bytes)
    try {
      await draft.write(content, fileLimitBytes)
      await draft.commit(files.toFacts(path, ''))
    } catch (error) {
      await draft.discard()
      throw error
    }
    return { fileID: ownUrl() + toFilePath({ id, path }) }
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

/** A stream of what is to be stored, and its size where that is known. */
async function readContent(given: unknown): Promise<{ content: Readable; bytes?: number }> {
  if (given instanceof Uint8Array) {
    const content = Buffer.from(given.buffer, given.byteOffset, given.length)
    return { content: Readable.from([content]), bytes: content.length }
  }
  if (typeof given === 'string') return { content: createReadStream(given), bytes: (await stat(given)).size }
  if (given instanceof Readable) return { content: given }
  const allowed = 'a Buffer, a readable stream, or the absolute path of a file'
  throw new GatewayError('InvalidParams.Format', `"fileContent" has to be ${allowed}`)
}
