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
export function openDevice(
  url: string,
  provider: 'aliyun' | 'dcloud',
  info: { deviceId?: string; space?: object } = {},
): Device {
  const storage = new Map<string, unknown>()
  const sent: Record<string, unknown>[] = []
  const uni = {
    request: (options: UniRequest) => {
      sent.push(options.data)
      send(options)
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

/** What the client threw; fails when it did not throw. */
export async function getRefusal(answer: Promise<unknown>): Promise<ClientError> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: ClientError) => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`expected a refusal, got ${JSON.stringify(outcome.value)}`)
}
