import { createServer, request as forward, type Server } from 'node:http'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../../../host/timers/clock'
import { getRefusal, openDevice } from '../support/gateway-client'
import { closeAll, invoke, openHost, temporaryDirectory, writeProject, type OpenedHost } from '../support/host-project'

const FUNCTIONS = `
const { createReadStream } = require('fs')
const caught = (work) => work.then((value) => ({ value }), ({ errCode, errMsg }) => ({ errCode, errMsg }))
const bytes = (file) => ({ ...file, fileContent: file.fileContent && file.fileContent.toString() })
module.exports = {
  put: (cloudPath, text) => caught(uniCloud.uploadFile({ cloudPath, fileContent: Buffer.from(text) })),
  putPath: (cloudPath, path) => caught(uniCloud.uploadFile({ cloudPath, fileContent: path, cloudPathAsRealPath: true })),
  putStream: (cloudPath, path) => caught(uniCloud.uploadFile({ cloudPath, fileContent: createReadStream(path) })),
  putNoFile: async (cloudPath, path) => {
    const stream = createReadStream(path)
    const refused = await caught(uniCloud.uploadFile({ cloudPath: '../' + cloudPath, fileContent: stream }))
    return { ...refused, isClosed: stream.destroyed }
  },
  putFailing: (cloudPath, path) => uniCloud.uploadFile({ cloudPath, fileContent: createReadStream(path) }).then(
    () => 'stored', (error) => error.code),
  putNothing: (cloudPath) => caught(uniCloud.uploadFile({ cloudPath })),
  get: (fileID, tempFilePath) => caught(uniCloud.downloadFile({ fileID, tempFilePath }).then(bytes)),
  link: (fileList) => caught(uniCloud.getTempFileURL({ fileList })),
  info: (fileList) => caught(uniCloud.getFileInfo({ fileList })),
  remove: (fileList) => caught(uniCloud.deleteFile({ fileList })),
  called: (cloudPath) => new Promise((resolve) => uniCloud.uploadFile({
    cloudPath, fileContent: Buffer.from('a'), success: (done) => resolve(done), fail: (error) => resolve({ errCode: error.errCode }),
  })),
}`

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const photo = (name = 'photo.png') => new File([PNG], name, { type: 'image/png' })

/** From the machine's own time on, which the real client puts into what it asks. */
let now = Date.now()
/** Reached over https and below a folder, through a proxy. */
let host: OpenedHost
/** A second one on the same directory, reached as it is. */
let plain: OpenedHost
let proxy: Server
let proxyUrl: string

/** What `app.example/base` would be: it ends the encryption, takes its folder away, and says both. */
function openProxy(): Promise<Server> {
  const server = createServer((given, response) => {
    const headers = {
      ...given.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'app.example',
      'x-forwarded-for': '198.51.100.7',
    }
    const path = given.url?.replace(/^\/base/, '')
    given.pipe(
      forward(host.url + path, { method: given.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      }),
    )
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const PUBLIC_URL = 'https://app.example/base'
const reach = (address: string) => address.replace(PUBLIC_URL, proxyUrl)

beforeAll(async () => {
  host = await openHost({
    projectDir: writeProject({ 'uniCloud-aliyun/cloudfunctions/files/index.obj.js': FUNCTIONS }),
    trustedProxies: ['127.0.0.1'],
    clock: { ...systemClock, now: () => now },
    publicUrl: PUBLIC_URL,
    fileUploads: 'clients',
  })
  plain = await openHost({ dataDir: host.dataDir, fileUploads: 'clients', clock: { ...systemClock, now: () => now } })
  proxy = await openProxy()
  const address = proxy.address()
  proxyUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/base`
})
afterAll(async () => {
  proxy.closeAllConnections()
  await new Promise((resolve) => proxy.close(resolve))
  await closeAll()
})

const openAliyun = (files: Record<string, File> = {}) =>
  openDevice(PUBLIC_URL, 'aliyun', { files, reach, space: { endpoint: `${PUBLIC_URL}/unicloud` } }).client

const openDcloud = (files: Record<string, File> = {}) => openDevice(plain.url, 'dcloud', { files }).client

/** What a cloud function answers: `{ value }`, or the error that it caught. */
async function call(method: string, ...params: unknown[]) {
  const { body } = await invoke(host, 'files', method, params)
  return body.data as { value?: Record<string, unknown>; errCode?: string; errMsg?: string }
}

async function read(address: string, headers: Record<string, string> = {}) {
  const response = await fetch(reach(address), { headers })
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

describe('a page that uploads with the real client', () => {
  it('of dcloud gets an address that opens the file over plain http, under its name', async () => {
    const progress: object[] = []
    const onUploadProgress = (one: object) => progress.push(one)
    const client = openDcloud({ 'blob:1': photo() })
    const { fileID } = await client.uploadFile({
      filePath: 'blob:1',
      cloudPath: 'avatars/头像 1.png',
      onUploadProgress,
    })
    expect(fileID).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/unicloud\/files\/[0-9a-f]{32}\/avatars\/%E5%A4%B4%E5%83%8F%201\.png$/,
    )
    expect(fileID.startsWith(plain.url)).toBe(true)
    expect(progress).toEqual([{ loaded: PNG.length, total: PNG.length }])
    const { status, headers, body } = await read(fileID)
    expect([status, body]).toEqual([200, PNG])
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': "inline; filename*=UTF-8''%E5%A4%B4%E5%83%8F%201.png",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=2592000',
    })
  })

  it.each([
    ['a name', { cloudPath: 'a.png' }, '/a.png'],
    ['folders', { cloudPath: 'avatars/2026/a.png' }, '/avatars/2026/a.png'],
    ['a real path', { cloudPath: '/avatars/2026/a.png', cloudPathAsRealPath: true }, '/avatars/2026/a.png'],
  ])('of aliyun gets one through an encrypting proxy and below a folder, for %s', async (_what, options, end) => {
    const { fileID } = await openAliyun({ 'wxfile://1': photo() }).uploadFile({ filePath: 'wxfile://1', ...options })
    expect(fileID.startsWith(`${PUBLIC_URL}/unicloud/files/`)).toBe(true)
    expect(fileID.endsWith(end)).toBe(true)
    expect(await read(fileID)).toMatchObject({ status: 200, body: PNG })
  })

  it('of aliyun over plain http is told what it needs', async () => {
    const client = openDevice(plain.url, 'aliyun', { files: { a: photo() } }).client
    expect(await getRefusal(client.uploadFile({ filePath: 'a', cloudPath: 'a.png' }))).toMatchObject({
      errCode: 'InvalidMethod.NotSupported',
      message: expect.stringContaining('over https alone') as string,
    })
  })

  it('of what it chose gets an address for each, and never the file of another under the same name', async () => {
    const files = { 'blob:1': photo('1.png'), 'blob:2': photo('2.png'), 'blob:3': photo('3.png') }
    const { tempFiles } = await openDcloud(files).chooseAndUploadFile({ type: 'image' })
    const addresses = tempFiles.map(({ url = '' }) => url)
    expect(new Set(addresses).size).toBe(3)
    for (const address of addresses) expect(await read(address)).toMatchObject({ status: 200, body: PNG })
    const twice = [1, 2].map(() => openDcloud(files).uploadFile({ filePath: 'blob:1', cloudPath: 'same.png' }))
    const [first, second] = await Promise.all(twice)
    expect(first!.fileID).not.toBe(second!.fileID)
  })

  it('may not delete what is there', async () => {
    const client = openDcloud({ a: photo() })
    const { fileID } = await client.uploadFile({ filePath: 'a', cloudPath: 'a.png' })
    expect(await getRefusal(client.deleteFile({ fileList: [fileID] }))).toMatchObject({
      errCode: 'Storage.AccessDenied',
    })
    expect((await read(fileID)).status).toBe(200)
  })

  it.each([['aliyun'], ['dcloud']] as const)('of %s has addresses signed that open for two hours', async (provider) => {
    const client = provider === 'aliyun' ? openAliyun({ a: photo() }) : openDcloud({ a: photo() })
    const { fileID } = await client.uploadFile({ filePath: 'a', cloudPath: 'a.png' })
    const foreign = 'https://elsewhere.example/a.png'
    const { fileList } = await client.getTempFileURL({ fileList: [fileID, foreign] })
    expect(fileList[1]).toEqual({ fileID: foreign, tempFileURL: foreign })
    const { tempFileURL } = fileList[0]!
    expect(tempFileURL.split('?')[0]).toBe(fileID)
    // The client of aliyun asks for what is known of the file, whose address is public there.
    if (provider === 'aliyun') return expect(tempFileURL).toBe(fileID)
    expect(await read(tempFileURL)).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'private, max-age=7200' },
    })
    for (const laterMs of [7_200_000, 1000]) {
      now += laterMs
      expect((await read(tempFileURL)).status).toBe(403)
    }
  })
})

describe('a file', () => {
  it('is opened in parts, and not sent again to who has it', async () => {
    const { value } = await call('put', 'film.mp4', '0123456789')
    const address = String(value?.['fileID'])
    const part = await read(address, { range: 'bytes=2-5' })
    expect([part.status, part.body.toString()]).toEqual([206, '2345'])
    expect(part.headers).toMatchObject({ 'content-range': 'bytes 2-5/10', 'content-type': 'video/mp4' })
    const { headers } = await read(address)
    const known = { 'if-none-match': headers['etag']!, 'cache-control': 'max-age=0' }
    expect((await read(address, known)).status).toBe(304)
    expect((await read(address, { range: 'bytes=20-30' })).status).toBe(416)
  })

  it('that one process received is opened and described by another, and takes no other process to be deleted', async () => {
    const { fileID } = await openDcloud({ a: photo() }).uploadFile({ filePath: 'a', cloudPath: 'shared/a.png' })
    const known = await call('info', [fileID])
    expect(known.value?.['fileList']).toEqual([
      {
        fileId: fileID.split('/')[5],
        name: 'a.png',
        size: PNG.length,
        type: 'image/png',
        gmtCreate: Math.floor(now / 1000),
        gmtModified: Math.floor(now / 1000),
        url: fileID.replace(plain.url, PUBLIC_URL),
      },
    ])
    const removed = await call('remove', [fileID])
    expect(removed.value).toMatchObject({ fileList: [{ fileID, success: true, code: 'SUCCESS' }] })
    expect((await read(fileID)).status).toBe(404)
  })
})

describe('a cloud function', () => {
  it('stores a Buffer, a stream and a file, and reads them again', async () => {
    const path = join(temporaryDirectory(), 'given.txt')
    writeFileSync(path, 'from a file')
    const stored = [
      await call('put', 'notes/a.txt', 'from memory'),
      await call('putPath', '/notes/b.txt', path),
      await call('putStream', 'notes/c.txt', path),
    ]
    const texts: unknown[] = []
    for (const { value } of stored) {
      expect(value).toMatchObject({ success: true, requestId: expect.any(String) as string })
      texts.push((await call('get', value?.['fileID'])).value?.['fileContent'])
    }
    expect(texts).toEqual(['from memory', 'from a file', 'from a file'])
    const target = join(temporaryDirectory(), 'saved.txt')
    const saved = await call('get', stored[0]!.value?.['fileID'], target)
    expect(saved.value).toMatchObject({ tempFilePath: target })
    expect(readFileSync(target, 'utf8')).toBe('from memory')
  })

  it('that gives a path or a stream without a file gets an error, and the host knows no fault of it', async () => {
    const path = join(temporaryDirectory(), 'missing.txt')
    const refusal = { errCode: 'InvalidParams.Format', errMsg: expect.stringContaining('no file') as string }
    expect(await call('putPath', 'a.txt', path)).toEqual(refusal)
    expect(await call('putPath', 'a.txt', temporaryDirectory())).toEqual(refusal)
    expect(await call('putFailing', 'a.txt', path)).toBe('ENOENT')
    expect(readdirSync(join(host.dataDir, 'files/incoming'))).toEqual([])
  })

  it('finds a stream closed that was refused before it was read', async () => {
    expect(await call('putNoFile', 'a.txt', process.execPath)).toMatchObject({
      errCode: 'InvalidFile.Path',
      isClosed: true,
    })
  })

  it('tells success and failure to callbacks', async () => {
    expect(await invoke(host, 'files', 'called', ['a.txt'])).toMatchObject({
      body: { data: { success: true, fileID: expect.stringMatching(/\/a\.txt$/) as string } },
    })
    expect((await invoke(host, 'files', 'called', ['../a.txt'])).body.data).toEqual({ errCode: 'InvalidFile.Path' })
  })

  it('has addresses signed, of files that are there and of any other', async () => {
    const { value } = await call('put', 'a.txt', 'a')
    const links = await call('link', [value?.['fileID'], { fileID: value?.['fileID'] }])
    const fileList = links.value?.['fileList'] as { tempFileURL: string }[]
    expect(fileList).toHaveLength(2)
    for (const { tempFileURL } of fileList) expect((await read(tempFileURL)).status).toBe(200)
  })

  it.each([
    ['no content', 'putNothing', ['a.txt'], 'InvalidParams.Format'],
    [
      'a file that is not there to read',
      'get',
      [`${PUBLIC_URL}/unicloud/files/${'0'.repeat(32)}/a.txt`],
      'InvalidFile.NotFound',
    ],
    ['an address of another site', 'get', ['https://elsewhere.example/a.txt'], 'InvalidFile.NotFound'],
    ['no list', 'link', ['a.txt'], 'InvalidParams.Format'],
    ['an empty list', 'remove', [[]], 'InvalidParams.Format'],
    ['a list of anything', 'info', [[1]], 'InvalidParams.Format'],
    [
      'a list without an end',
      'link',
      [Array.from({ length: 101 }, () => 'https://a.example/')],
      'InvalidParams.Format',
    ],
  ])('that gives %s gets an error with its code', async (_what, method, params, errCode) => {
    expect(await call(method, ...params)).toEqual({ errCode, errMsg: expect.any(String) as string })
  })

  it('hears of a file that is not there to delete in the list', async () => {
    const fileID = `${PUBLIC_URL}/unicloud/files/${'0'.repeat(32)}/a.txt`
    const { value } = await call('remove', [fileID])
    expect(value).toMatchObject({ fileList: [{ fileID, success: false, code: 'STORAGE_FILE_NONEXIST' }] })
  })
})

it('nothing lies in the directory but files under names of the host, readable by its owner alone', () => {
  const dir = join(host.dataDir, 'files')
  const names = readdirSync(dir, { recursive: true }) as string[]
  expect(names.length).toBeGreaterThan(20)
  const pattern = /^(incoming|[0-9a-f]{2}|[0-9a-f]{2}\/[0-9a-f]{32}(\.json)?)$/
  expect(names.filter((name) => !pattern.test(name))).toEqual([])
  expect(readdirSync(join(dir, 'incoming'))).toEqual([])
  expect(statSync(dir).mode & 0o077).toBe(0)
})
