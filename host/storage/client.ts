import { GatewayError } from '../shared/gateway-error'
import { own, type JsonObject } from '../shared/json'
import { FILES_PATH, isFileId, toFilePath } from './cloud-path'
import { missingFile, type Files } from './files'

/** A client that asks. */
export interface FileClient {
  /** What its uploads count for. */
  address: string
  /** What addresses begin with for it. */
  url: string
}

const NEEDS_HTTPS =
  'The client of "aliyun" uploads over https alone: serve this host over https (TRUSTED_PROXIES with X-Forwarded-Proto, or PUBLIC_URL), ' +
  'or build the client with the provider "dcloud"'

/** Answers `serverless.file.resource.<method>` of a client, in the form that its provider has. Throws GatewayError. */
export async function answerClient(
  files: Files,
  method: string,
  params: JsonObject,
  client: FileClient,
): Promise<unknown> {
  switch (method) {
    case 'generateProximalSign':
      return permitUpload(files, params, client)
    case 'report':
      return report(files, own(params, 'id'))
    case 'info':
      if (files.options.fileLinks === 'signed') throw mayNotSign()
      return files.describe(String(own(params, 'id') ?? '').split(','), client.url)
    case 'getTempFileURL':
      if (files.options.fileLinks === 'signed') throw mayNotSign()
      return { fileList: files.link(own(params, 'fileList'), client.url) }
    case 'delete':
      throw new GatewayError('Storage.AccessDenied', 'Clients may not delete files: call a cloud function that does')
    default:
      throw new GatewayError('InvalidMethod.NotSupported', `This host has no file method "${method.slice(0, 64)}"`)
  }
}

/** The client of "aliyun" asks `info` for addresses, the one of "dcloud" `getTempFileURL`. */
function mayNotSign(): GatewayError {
  return new GatewayError('Storage.AccessDenied', 'Clients may not sign addresses: call a cloud function that does')
}

function permitUpload(files: Files, params: JsonObject, client: FileClient): object {
  files.refuseUnless('clients')
  files.budget.check(client.address)
  const isDcloud = own(params, 'cloudPath') !== undefined
  // The aliyun client puts a path that is to stay as it is into `fileId`, and a name alone into `filename`.
  const path = files.readPath(own(params, 'cloudPath') ?? own(params, 'fileId') ?? own(params, 'filename'))
  const { id, policy, signature } = files.signatures.issuePolicy(path, files.options.fileLimitBytes)
  const filePath = toFilePath({ id, path })
  if (isDcloud) {
    const formData = { policy, Signature: signature }
    return { url: client.url + FILES_PATH, formData, name: 'file', fileUrl: client.url + filePath }
  }
  const [, cdnDomain] = /^https:\/\/(.+)$/.exec(client.url) ?? []
  if (cdnDomain === undefined) throw new GatewayError('InvalidMethod.NotSupported', NEEDS_HTTPS)
  const form = { host: cdnDomain + FILES_PATH, cdnDomain, ossPath: filePath.slice(1), accessKeyId: 'host' }
  return { ...form, id, policy, signature }
}

/** The aliyun client asks whether its file has come; the other has its answer already and knows no id. */
async function report(files: Files, id: unknown): Promise<object> {
  if (id === undefined) return {}
  if (typeof id === 'string' && isFileId(id) && (await files.folder.find(id))) return { id }
  throw missingFile()
}
