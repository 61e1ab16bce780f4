import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createRequire } from 'node:module'

/** An error as the client library throws it. */
export interface ClientError extends Error {
  errCode: string | number
  errMsg: string
  errSubject?: string
  requestId?: string
  detail?: Record<string, unknown>
}

type CloudObject = Record<string, (...params: unknown[]) => Promise<Record<string, unknown> | string | undefined>>

export interface CloudClient {
  importObject(name: string, options?: object): CloudObject
  callFunction(options: { name: string; data?: object }): Promise<{ result: unknown; requestId?: string }>
  uploadFile(options: UploadOptions): Promise<{ fileID: string; filePath: string }>
  chooseAndUploadFile(options: object): Promise<{ tempFiles: { url?: string; errMsg?: string }[] }>
  getTempFileURL(options: { fileList: string[] }): Promise<{ fileList: { fileID: string; tempFileURL: string }[] }>
  deleteFile(options: { fileList: string[] }): Promise<unknown>
}

interface UploadOptions {
  filePath: string
  cloudPath: string
  cloudPathAsRealPath?: boolean
  onUploadProgress?: (progress: { loaded: number; total: number }) => void
}

export interface Device {
  client: CloudClient
  /** What the client keeps in local storage, tokens among it. */
  storage: Map<string, unknown>
  /** The bodies of all requests it sent. */
  sent: Record<string, unknown>[]
}

interface UniRequest {
  url: string
  method: string
  data: Record<string, unknown>
  header: Record<string, string | undefined>
  complete?: (reply: object) => void
}

interface UniUpload {
  url: string
  formData: Record<string, unknown>
  name: string
  filePath: string
  header?: Record<string, string>
  success: (reply: object) => void
  fail: (error: object) => void
}

interface DeviceOptions {
  deviceId?: string
  space?: object
  /** What the device has, by its path there; `chooseImage` chooses all of it. */
  files?: Record<string, File>
  /** Where an address leads: tests have no certificates. */
  reach?: (address: string) => string
}

interface Library {
  uniCloud: { init(space: object): CloudClient }
}

const require = createRequire(`${process.cwd()}/package.json`)
const file = require.resolve('@dcloudio/uni-cloud/dist/uni-cloud.cjs.js')
const source = readFileSync(file, 'utf8')

/**
 * A device with the unmodified @dcloudio/uni-cloud on it, as built for H5. Only what a browser or phone would give is
 * made here: `uni.request` over real HTTP, storage, and system information.
 */
export function openDevice(url: string, provider: 'aliyun' | 'dcloud', info: DeviceOptions = {}): Device {
  const { files = {}, reach = (address) => address } = info
  const storage = new Map<string, unknown>()
  const sent: Record<string, unknown>[] = []
  const uni = {
    request: (options: UniRequest) => {
      sent.push(options.data)
      send({ ...options, url: reach(options.url) })
    },
    uploadFile: (options: UniUpload) => upload({ ...options, url: reach(options.url) }, files[options.filePath]!),
    chooseImage: ({ success }: { success: (chosen: object) => void }) => {
      success({ tempFiles: Object.entries(files).map(([path, { name, size }]) => ({ path, name, size })) })
    },
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    removeStorageSync: (key: string) => void storage.delete(key),
    getLocale: () => 'zh-Hans',
    getSystemInfoSync: () => ({
      deviceId: info.deviceId ?? 'device-1',
      appId: '__UNI__TEST',
      uniPlatform: 'web',
      osName: 'linux',
      appVersion: '1.2.3',
      ua: 'a test device',
    }),
    getLaunchOptionsSync: () => ({ scene: 1001 }),
  }
  const module = { exports: {} as Library }
  // The environment that uni-app's build puts in the place of these names.
  const env = { UNI_PLATFORM: 'h5', NODE_ENV: 'production' }
  // A global object of its own: a device and the host share nothing.
  const run = new Function('module', 'exports', 'process', 'uni', 'getCurrentPages', 'globalThis', source)
  run(module, module.exports, { env }, uni, () => [{}], {})
  const space = { provider, spaceId: 'uni-captcha-local', clientSecret: 'local-client-secret', ...info.space }
  return { client: module.exports.uniCloud.init({ ...space, endpoint: `${url}/unicloud` }), storage, sent }
}

function send({ url, method, data, header, complete }: UniRequest): void {
  const headers = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined && value !== ''))
  const out = request(url, { method, headers: { 'user-agent': 'a test device', ...headers } }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      complete?.({ statusCode: response.statusCode, header: response.headers, data: body })
    })
  })
  out.on('error', (error) => complete?.({ errMsg: `request:fail ${error.message}` }))
  out.end(JSON.stringify(data))
}

/** As uni-app does it in browsers: the fields in their order, then the file. */
function upload({ url, formData, name, header = {}, success, fail }: UniUpload, file: File): object {
  const form = new FormData()
  for (const [key, value] of Object.entries(formData)) form.append(key, String(value))
  form.append(name, file, file.name)
  const listeners: ((progress: object) => void)[] = []
  const post = async () => {
    const response = await fetch(url, { method: 'POST', headers: header, body: form })
    const progress = { totalBytesSent: file.size, totalBytesExpectedToSend: file.size }
    for (const listen of listeners) listen(progress)
    success({ statusCode: response.status, data: await response.text() })
  }
  post().catch((error: Error) => fail({ errMsg: `uploadFile:fail ${error.message}` }))
  return { onProgressUpdate: (listen: (progress: object) => void) => listeners.push(listen) }
}

/** What the client threw; fails when it did not throw. */
export async function getRefusal(answer: Promise<unknown>): Promise<ClientError> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: ClientError) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`expected a refusal, got ${JSON.stringify(outcome.value)}`)
}
