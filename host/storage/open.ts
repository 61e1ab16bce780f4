import { currentCall } from '../runtime/call'
import { withCallbacks, type Callbacks } from '../runtime/callbacks'
import type { UniCloudApi } from '../runtime/unicloud'
import { GatewayError } from '../shared/gateway-error'
import type { JsonObject } from '../shared/json'
import { UniCloudError } from '../shared/uni-cloud-error'
import type { FileClient } from './client'
import type { Files, FilesOptions } from './files'
import type * as Storage from './index'

type Loaded = Pick<typeof Storage, 'answerClient' | 'CLOUD_METHODS' | 'receiveUpload'> & { files: Files }

const METHODS = ['uploadFile', 'downloadFile', 'deleteFile', 'getTempFileURL', 'getFileInfo'] as const

/** File storage that is loaded by its first use: a host that serves captchas alone has none of it in memory. */
export class LazyStorage {
  #loaded: Promise<Loaded> | undefined

  constructor(readonly options: FilesOptions) {}

  async answerClient(method: string, params: JsonObject, client: FileClient): Promise<unknown> {
    const { answerClient, files } = await this.load()
    return answerClient(files, method, params, client)
  }

  /** What cloud functions find on `uniCloud`; a refusal is an error with `errCode` there. */
  get api(): UniCloudApi {
    const toMethod = (name: (typeof METHODS)[number]) => (given: Record<string, unknown> & Callbacks) =>
      withCallbacks(this.#callFromCloud(name, given ?? {}), given)
    return Object.fromEntries(METHODS.map((name) => [name, toMethod(name)]))
  }

  async #callFromCloud(name: (typeof METHODS)[number], given: Record<string, unknown>): Promise<object> {
    const requestId = currentCall()?.requestId
    try {
      const { CLOUD_METHODS, files } = await this.load()
      return { success: true, requestId, ...(await CLOUD_METHODS[name](files, given)) }
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      throw new UniCloudError({ errCode: error.code, errMsg: error.message, errSubject: 'uniCloud', requestId })
    }
  }

  load(): Promise<Loaded> {
    this.#loaded ??= this.#open()
    return this.#loaded
  }

  async #open(): Promise<Loaded> {
    try {
      const { answerClient, CLOUD_METHODS, Files, receiveUpload } = await import('./index')
      return { answerClient, CLOUD_METHODS, receiveUpload, files: new Files(this.options) }
    } catch (error) {
      // It is loaded anew by the next use.
      this.#loaded = undefined
      throw error
    }
  }
}
