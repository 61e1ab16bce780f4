import { GatewayError } from '../shared/gateway-error'
import { UploadBudget } from './budget'
import { isFileId, readCloudPath, readExtension, readFileAddress, toFilePath, type FileAddress } from './cloud-path'
import { isShown, toContentHeaders } from './content'
import { FileFolder, type FileFacts, type StoredFile } from './file-folder'
import type { FileSettings } from './settings'
import { FileSignatures } from './signatures'

const MAX_ADDRESSES = 100
const CACHE_SECONDS = 30 * 24 * 60 * 60

export interface FilesOptions extends FileSettings {
  key: Buffer
  now: () => number
  /** What addresses of files begin with for cloud functions, which have no request to learn it from. */
  ownUrl: () => string
}

/** A file as it is sent: where it lies, and its headers. */
export interface ServedFile {
  root: string
  name: string
  headers: Record<string, string>
}

/** The query of a signed address. */
export interface SignedLink {
  expires: string
  sign: string
}

/** The files of one host, for clients and cloud functions alike. Every method throws GatewayError for what it refuses. */
export class Files {
  readonly folder: FileFolder
  readonly signatures: FileSignatures
  readonly budget: UploadBudget

  constructor(readonly options: FilesOptions) {
    this.folder = new FileFolder(options.filesDir, options.fileQuotaBytes)
    this.signatures = new FileSignatures(options.key, options.now)
    this.budget = new UploadBudget(options.fileUploadsPerHour, options.fileBytesPerHour, options.now)
  }

  refuseUnless(uploader: 'clients' | 'functions'): void {
    const { fileUploads } = this.options
    if (fileUploads === 'clients' || fileUploads === uploader) return
    const who = fileUploads === 'off' ? 'Uploads are' : 'Uploads of clients are'
    throw new GatewayError('Storage.AccessDenied', `${who} turned off on this host (FILE_UPLOADS)`)
  }

  /** A `cloudPath` of a type that may be uploaded. */
  readPath(given: unknown): string {
    const path = readCloudPath(given)
    const { fileTypes } = this.options
    if (fileTypes.length === 0 || fileTypes.includes(readExtension(path))) return path
    const allowed = fileTypes.join(', ')
    throw new GatewayError('InvalidFile.Type', `Files of this type may not be uploaded; allowed are ${allowed}`)
  }

  toFacts(path: string, declaredType: string): FileFacts {
    return { path, isShown: isShown(path, declaredType), uploadedMs: this.options.now() }
  }

  /** Signed addresses. One that is not of a file here stays as it is. */
  link(fileList: unknown, url: string): { fileID: string; tempFileURL: string }[] {
    return readList(fileList).map((fileID) => {
      const found = readFileAddress(fileID)
      if (!found) return { fileID, tempFileURL: fileID }
      const query = this.signatures.signLink(found.id, this.options.fileLinkSeconds)
      return { fileID, tempFileURL: `${url}${toFilePath(found)}?${query}` }
    })
  }

  /** What is known of each file, in the order of the list; of an unknown one its address alone. */
  describe(fileList: unknown, url: string): Promise<object[]> {
    return Promise.all(
      readList(fileList).map(async (fileID) => {
        const file = await this.find(fileID)
        if (!file) return { fileId: fileID, url: fileID }
        const { id, path, size, uploadedMs } = file
        const seconds = Math.floor(uploadedMs / 1000)
        const type = toContentHeaders(path, file.isShown)['content-type']
        const name = path.slice(path.lastIndexOf('/') + 1)
        return { fileId: id, name, size, type, gmtCreate: seconds, gmtModified: seconds, url: url + toFilePath(file) }
      }),
    )
  }

  async find(fileID: unknown): Promise<(FileAddress & StoredFile) | undefined> {
    const address = readFileAddress(fileID)
    const file = address && (await this.folder.find(address.id))
    return address && file?.path === address.path ? { ...file, id: address.id } : undefined
  }

  /** What an address opens. */
  async open({ id, path }: FileAddress, link: SignedLink | undefined): Promise<ServedFile> {
    const remaining = link ? this.signatures.remainingSeconds(id, link) : undefined
    if (!link && this.options.fileLinks === 'signed') {
      throw new GatewayError('Storage.AccessDenied', 'This address has to be signed by a cloud function')
    }
    const file = isFileId(id) ? await this.folder.find(id) : undefined
    if (file?.path !== path) throw missingFile()
    const cached = remaining === undefined ? `public, max-age=${CACHE_SECONDS}` : `private, max-age=${remaining}`
    const headers = { ...toContentHeaders(path, file.isShown), 'cache-control': cached }
    return { root: this.folder.dir, name: this.folder.toName(id), headers }
  }
}

export function missingFile(): GatewayError {
  return new GatewayError('InvalidFile.NotFound', 'There is no such file')
}

/** File ids, as texts or in objects that name them. Throws GatewayError. */
export function readList(given: unknown): string[] {
  const list = Array.isArray(given) ? given.map((one: unknown) => (isNamed(one) ? one.fileID : one)) : []
  const isList = list.length > 0 && list.length <= MAX_ADDRESSES
  if (isList && list.every((one): one is string => typeof one === 'string' && one !== '')) return list
  throw new GatewayError('InvalidParams.Format', `"fileList" has to be a list of 1 to ${MAX_ADDRESSES} file ids`)
}

function isNamed(value: unknown): value is { fileID: unknown } {
  return typeof value === 'object' && value !== null && 'fileID' in value
}
