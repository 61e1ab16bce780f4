import { existsSync, readdirSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { HostSettings } from '../../../host/index'
import { Draft, FileFolder } from '../../../host/storage/file-folder'
import { toFootprint } from '../../../host/storage/settings'
import { systemClock } from '../../../host/timers/clock'
import {
  closeAll,
  craft,
  invoke,
  openHost,
  temporaryDirectory,
  writeProject,
  type OpenedHost,
} from '../support/host-project'

const LIMIT = 10_000
const FUNCTIONS = `module.exports = {
  put: (cloudPath) => uniCloud.uploadFile({ cloudPath, fileContent: Buffer.alloc(${LIMIT}) }),
  putMore: (cloudPath) => uniCloud.uploadFile({ cloudPath, fileContent: Buffer.alloc(${LIMIT} + 1) }),
  remove: (fileID) => uniCloud.deleteFile({ fileList: [fileID] }),
  link: (fileID) => uniCloud.getTempFileURL({ fileList: [fileID] }),
}`

let now = Date.UTC(2026, 10, 26)
let host: OpenedHost
afterAll(closeAll)

function openSmall(settings: Partial<HostSettings> = {}): Promise<OpenedHost> {
  return openHost({
    projectDir: writeProject({ 'uniCloud-aliyun/cloudfunctions/files/index.obj.js': FUNCTIONS }),
    clock: { ...systemClock, now: () => now },
    fileUploads: 'clients',
    fileLimitBytes: LIMIT,
    trustedProxies: ['127.0.0.1'],
    fileUploadsPerHour: 0,
    ...settings,
  })
}

beforeAll(async () => {
  host = await openSmall()
})

interface Permit {
  url: string
  formData: Record<string, string>
  fileUrl: string
}

async function ask(on: OpenedHost, method: string, params: object, headers: Record<string, string> = {}) {
  const body = { method: `serverless.file.resource.${method}`, params: JSON.stringify(params) }
  return craft(on, { body, headers })
}

async function permit(cloudPath = 'a.png', on = host, headers: Record<string, string> = {}): Promise<Permit> {
  const { status, body } = await ask(on, 'generateProximalSign', { cloudPath }, headers)
  expect([status, body.error]).toEqual([200, undefined])
  return body.data as Permit
}

type Part = readonly [name: string, value: string | Blob]

const png = (size = 100, type = 'image/png') => new File([Buffer.alloc(size)], 'any.png', { type })

async function post(url: string, parts: readonly Part[], headers: Record<string, string> = {}) {
  const form = new FormData()
  for (const [name, value] of parts) form.append(name, value)
  return readAnswer(await fetch(url, { method: 'POST', body: form, headers }))
}

async function readAnswer(response: Response): Promise<[number, string | undefined]> {
  const { error } = (await response.json()) as { error?: { code: string } }
  return [response.status, error?.code]
}

const toFields = ({ formData }: Permit): Part[] => Object.entries(formData)

const upload = (given: Permit, file: File = png(), headers: Record<string, string> = {}) =>
  post(given.url, [...toFields(given), ['file', file]], headers)

/** What lies in the directory, finished or not. */
function stored(on = host): string[] {
  const dir = join(on.dataDir, 'files')
  if (!existsSync(dir)) return []
  return (readdirSync(dir, { recursive: true }) as string[]).filter((name) => /[0-9a-f]{32}/.test(name))
}

async function eventually(check: () => void): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      return check()
    } catch (error) {
      if (turn > 1000) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

describe('a path that a client asks for', () => {
  it.each([
    ['nothing', ''],
    ['spaces', '  '],
    ['a number', 1],
    ['an object', { $ne: '' }],
    ['the folder above', '../a.png'],
    ['the folder above, further in', 'a/../../b.png'],
    ['the folder itself', './a.png'],
    ['an encoded folder above', '%2e%2e/a.png'],
    ['one that is encoded twice', 'a/%252E%252e/b.png'],
    ['a folder above among spaces', 'a/ .. /b.png'],
    ['an empty name', 'a//b.png'],
    ['no name', 'a/'],
    ['a NUL', 'a\0.png'],
    ['a line break', 'a\r\nset-cookie: b.png'],
    ['a Windows path', '..\\a.png'],
    ['a drive', 'C:/a.png'],
    ['half a character', 'a\ud800.png'],
    ['a long one', `${'a'.repeat(253)}.png`],
    ['many folders', 'a/'.repeat(16) + 'b.png'],
  ])('is refused for %s', async (_what, cloudPath) => {
    const { status, body } = await ask(host, 'generateProximalSign', { cloudPath })
    expect([status, body.error?.code]).toEqual([400, 'InvalidFile.Path'])
  })
})

describe('an upload', () => {
  it.each<[string, () => Promise<Permit>]>([
    ['whose policy was changed', async () => change(await permit(), (policy) => ({ ...policy, maxBytes: 1e12 }))],
    ['whose path was changed', async () => change(await permit(), (policy) => ({ ...policy, path: '../../secret' }))],
    ['whose time was changed', async () => change(await permit(), (policy) => ({ ...policy, expiresMs: 1e15 }))],
    ['whose id was changed', async () => change(await permit(), (policy) => ({ ...policy, id: '../../unicloud.db' }))],
    [
      'whose signature was changed',
      async () => signed(await permit(), (signature) => signature.replace(/.$/, (one) => (one === '0' ? '1' : '0'))),
    ],
    ['whose signature is shorter', async () => signed(await permit(), (signature) => signature.slice(0, 32))],
    ['whose signature is empty', async () => signed(await permit(), () => '')],
    ['whose signature is of another', async () => signed(await permit(), () => other.formData['Signature']!)],
    ['whose time has run out', async () => ((given) => ((now += 15 * 60_000), given))(await permit())],
  ])('%s is refused, and nothing is left of it', async (_what, make) => {
    const before = stored()
    expect(await upload(await make())).toEqual([403, 'InvalidFile.Signature'])
    expect(stored()).toEqual(before)
  })

  let other: Permit
  beforeAll(async () => {
    other = await permit()
  })
  const signed = ({ formData, ...rest }: Permit, to: (signature: string) => string): Permit => ({
    ...rest,
    formData: { ...formData, Signature: to(formData['Signature']!) },
  })
  const change = ({ formData, ...rest }: Permit, to: (policy: Record<string, unknown>) => object): Permit => {
    const policy = JSON.parse(Buffer.from(formData['policy']!, 'base64url').toString()) as Record<string, unknown>
    return { ...rest, formData: { ...formData, policy: Buffer.from(JSON.stringify(to(policy))).toString('base64url') } }
  }

  it('is made once: the same permission brings no second file, not at the same time either', async () => {
    const given = await permit()
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(given)))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
    expect(answers.filter(([, code]) => code === 'InvalidFile.Exists')).toHaveLength(4)
    expect(await upload(given, png(50))).toEqual([409, 'InvalidFile.Exists'])
    const content = await (await fetch(given.fileUrl)).arrayBuffer()
    expect(content.byteLength).toBe(100)
    await invoke(host, 'files', 'remove', [given.fileUrl])
    expect(await upload(given, png(50))).toEqual([409, 'InvalidFile.Exists'])
    expect((await fetch(given.fileUrl)).status).toBe(404)
  })

  it('is told of once where clients may not reach the address that cloud functions give it', async () => {
    const behind = await openSmall()
    for (let i = 0; i < 2; i++) await invoke(behind, 'files', 'put', ['a.png'])
    expect(behind.log.lines.filter(({ msg }) => String(msg).includes('PUBLIC_URL'))).toMatchObject([
      { level: 40, url: behind.url },
    ])
  })

  it.each<[string, (given: Permit) => Part[], number, string]>([
    ['without a file', toFields, 400, 'InvalidFile.Form'],
    ['with two files', (given) => [...toFields(given), ['file', png()], ['file', png()]], 400, 'InvalidFile.Form'],
    ['with a file of another name', (given) => [...toFields(given), ['image', png()]], 400, 'InvalidFile.Form'],
    ['with the file before the policy', (given) => [['file', png()], ...toFields(given)], 400, 'InvalidFile.Form'],
    ['without a policy', () => [['file', png()]], 400, 'InvalidFile.Form'],
    [
      'with a policy that is a file',
      ({ formData }) => [
        ['policy', new File([formData['policy']!], 'p')],
        ['file', png()],
      ],
      400,
      'InvalidFile.Form',
    ],
    [
      'with three hundred fields',
      (given) => [...Array.from({ length: 300 }, (_, at): Part => [`f${at}`, '']), ...toFields(given), ['file', png()]],
      400,
      'InvalidFile.Form',
    ],
    ['of a byte too many', (given) => [...toFields(given), ['file', png(LIMIT + 1)]], 413, 'InvalidFile.TooLarge'],
    ['of far too many bytes', (given) => [...toFields(given), ['file', png(LIMIT * 10)]], 413, 'InvalidFile.TooLarge'],
  ])('%s is refused by its fault, and nothing is left of it', async (_what, parts, status, code) => {
    const before = stored()
    const given = await permit()
    expect(await post(given.url, parts(given))).toEqual([status, code])
    expect(stored()).toEqual(before)
  })

  it.each([
    ['is JSON', 'application/json', '{}'],
    ['has no boundary', 'multipart/form-data', '--a--'],
    [
      'ends in the middle',
      'multipart/form-data; boundary=a',
      '--a\r\ncontent-disposition: form-data; name="file"; filename="b"\r\n\r\nhalf',
    ],
    ['has heads without an end', 'multipart/form-data; boundary=a', `--a\r\n${'x'.repeat(9000)}`],
  ])('whose form %s is refused', async (_what, type, body) => {
    const response = await fetch(`${host.url}/unicloud/files`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    expect(await readAnswer(response)).toEqual([400, 'InvalidFile.Form'])
  })

  it('of the largest size goes through, and one of unknown length is counted as it comes', async () => {
    expect(await upload(await permit(), png(LIMIT))).toEqual([200, undefined])
    const given = await permit()
    const head = toFields(given).map(
      ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${String(value)}\r\n`,
    )
    const file = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    const chunked = (bytes: number) =>
      fetch(given.url, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: Readable.toWeb(Readable.from([...head, file, Buffer.alloc(bytes), '\r\n--b--\r\n'])) as ReadableStream,
        duplex: 'half',
      } as RequestInit)
    const before = stored()
    expect(await readAnswer(await chunked(LIMIT + 1))).toEqual([413, 'InvalidFile.TooLarge'])
    expect(stored()).toEqual(before)
    expect(await readAnswer(await chunked(LIMIT))).toEqual([200, undefined])
  })

  it('whose form ends in the middle of a file with another name is refused as one that is not whole', async () => {
    const head = '--a\r\ncontent-disposition: form-data; name="image"; filename="b"\r\n\r\nhalf'
    const headers = { 'content-type': 'multipart/form-data; boundary=a' }
    const response = await fetch(`${host.url}/unicloud/files`, { method: 'POST', headers, body: head })
    expect(await readAnswer(response)).toEqual([400, 'InvalidFile.Form'])
  })

  it('that is refused in the middle is read to its end, so that a client that sends all of it first is answered', async () => {
    const { formData } = await permit()
    const fields = Object.entries({ ...formData, Signature: 'of another' }).map(
      ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const file = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    const body = Buffer.concat([Buffer.from(fields.join('') + file), Buffer.alloc(24 * 1024 * 1024)])
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    // Nothing is read before everything is sent.
    socket.pause()
    socket.write(
      'POST /unicloud/files HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\n' +
        `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`,
    )
    socket.write(body)
    await new Promise((resolve) => socket.write('\r\n0\r\n\r\n', resolve))
    const said = new Promise((resolve) => socket.once('data', (chunk) => resolve(String(chunk))))
    socket.resume()
    expect(await said).toMatch(/^HTTP\/1\.1 403 .*"InvalidFile\.Signature"/s)
    socket.destroy()
  })

  it('beyond what one address may have on its way is received, and the oldest of the address is given up', async () => {
    // 16 of 128 KiB are a sixteenth of it.
    const few = await openSmall({ receivingLimitBytes: 16 * 16 * 128 * 1024, trustedProxies: [] })
    const said: string[] = []
    const sockets = Array.from({ length: 17 }, () => connect(Number(new URL(few.url).port), '127.0.0.1'))
    for (const [at, socket] of sockets.entries()) {
      said[at] = ''
      socket.setEncoding('utf8').on('data', (chunk) => (said[at] += String(chunk)))
    }
    const begin = (socket: (typeof sockets)[number]) =>
      new Promise((resolve) => {
        const head = 'POST /unicloud/files HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\n'
        socket.write(`${head}expect: 100-continue\r\ncontent-length: 9000\r\n\r\n--b\r\n`, resolve)
      })
    for (const socket of sockets.slice(0, 16)) {
      await begin(socket)
      await eventually(() => expect(said[sockets.indexOf(socket)]).toMatch(/^HTTP\/1\.1 100 /))
    }
    expect(said.filter((text) => text.includes(' 408 '))).toEqual([])
    await begin(sockets[16]!)
    await eventually(() => expect(said.map((text) => text.includes(' 408 '))).toContain(true))
    expect(said.flatMap((text, at) => (text.includes(' 408 ') ? [at] : []))).toEqual([0])
    for (const socket of sockets) socket.destroy()
  })

  it('that is given up half way leaves nothing', async () => {
    const before = stored()
    const given = await permit()
    const fields = toFields(given).map(
      ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${String(value)}\r\n`,
    )
    const head =
      'POST /unicloud/files HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 9000\r\n\r\n'
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    socket.write(
      `${head}${fields.join('')}--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it`,
    )
    await eventually(() => expect(stored()).toHaveLength(before.length + 1))
    socket.destroy()
    await eventually(() => expect(stored()).toEqual(before))
  })

  it('is refused once an address has uploaded its share of the hour; another address is not', async () => {
    const few = await openSmall({ fileUploadsPerHour: 2 })
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const late = await permit('a.png', few, from('198.51.100.1'))
    for (let turn = 0; turn < 2; turn++) {
      const given = await permit('a.png', few, from('198.51.100.1'))
      expect(await upload(given, png(), from('198.51.100.1'))).toEqual([200, undefined])
    }
    expect(await upload(late, png(), from('198.51.100.1'))).toEqual([429, 'Throttling.Api'])
    const refused = await ask(few, 'generateProximalSign', { cloudPath: 'a' }, from('198.51.100.1'))
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'Throttling.Api'])
    expect(await upload(await permit('a.png', few, from('198.51.100.2')), png(), from('198.51.100.2'))).toEqual([
      200,
      undefined,
    ])
    now += 60 * 60_000
    expect(await upload(await permit('a.png', few, from('198.51.100.1')), png(), from('198.51.100.1'))).toEqual([
      200,
      undefined,
    ])
  })

  it('is refused once an address has uploaded its bytes of the hour', async () => {
    const few = await openSmall({ fileBytesPerHour: 20_000 })
    const codes: unknown[] = []
    for (let turn = 0; turn < 3; turn++) codes.push(await upload(await permit('a.png', few), png(8000)))
    expect(codes).toEqual([
      [200, undefined],
      [200, undefined],
      [429, 'Throttling.Api'],
    ])
  })
})

describe('the quota', () => {
  it('holds for uploads at the same time, and a file that is deleted frees its part', async () => {
    const full = await openSmall({ fileQuotaBytes: 4 * toFootprint(LIMIT) + 5000 })
    const permits = await Promise.all(Array.from({ length: 9 }, () => permit('a.png', full)))
    const answers = await Promise.all(permits.map((given) => upload(given, png(LIMIT))))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(4)
    expect(answers.filter(([status, code]) => status === 507 && code === 'Storage.Full')).toHaveLength(5)
    expect(stored(full).filter((name) => !name.endsWith('.json'))).toHaveLength(4)
    const refused = await invoke(full, 'files', 'put', ['a.png'])
    expect(refused.body.data).toMatchObject({ errCode: 'Storage.Full' })
    const there = permits.find((_, at) => answers[at]?.[0] === 200)
    expect(await invoke(full, 'files', 'remove', [there?.fileUrl])).toMatchObject({
      body: { data: { fileList: [{ success: true }] } },
    })
    expect(await invoke(full, 'files', 'put', ['a.png'])).toMatchObject({ body: { data: { success: true } } })
  })

  it('is one for all processes on a directory', async () => {
    const first = await openSmall({ fileQuotaBytes: 2 * toFootprint(LIMIT) })
    const second = await openSmall({ fileQuotaBytes: 2 * toFootprint(LIMIT), dataDir: first.dataDir })
    expect(await upload(await permit('a.png', first), png(9000))).toEqual([200, undefined])
    const late = await permit('a.png', first)
    expect(await upload(await permit('a.png', second), png(9000))).toEqual([200, undefined])
    expect(await upload(late, png(9000))).toEqual([507, 'Storage.Full'])
  })
})

describe('an address', () => {
  let given: Permit
  let file: string
  beforeAll(async () => {
    given = await permit('b/a.png')
    await upload(given)
    file = new URL(given.fileUrl).pathname
  })

  it.each([
    ['the folder above', (id: string) => `/unicloud/files/${id}/../../../secret`],
    ['an encoded folder above', (id: string) => `/unicloud/files/${id}/%2e%2e%2f%2e%2e%2fsecret`],
    ['an encoded slash', (id: string) => `/unicloud/files/${id}/b%2f..%2fa.png`],
    ['a NUL', (id: string) => `/unicloud/files/${id}/b/a.png%00`],
    ['another name', (id: string) => `/unicloud/files/${id}/b/a.html`],
    ['no name', (id: string) => `/unicloud/files/${id}/`],
    ['its facts', (id: string) => `/unicloud/files/${id}.json/b/a.png`],
    ['an id in capitals', (id: string) => `/unicloud/files/${id.toUpperCase()}/b/a.png`],
    ['a path in place of the id', () => '/unicloud/files/..%2f..%2fsecret/b/a.png'],
    ['an id that no file has', () => `/unicloud/files/${'0'.repeat(32)}/b/a.png`],
  ])('opens nothing with %s', async (_what, make) => {
    const id = file.split('/')[3]!
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
      let heard = ''
      socket.setEncoding('utf8').on('data', (chunk) => (heard += String(chunk)))
      socket.on('close', () => resolve(heard))
      socket.write(`GET ${make(id)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    })
    expect(said).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('that was signed is not opened with anything changed, nor by the signature of an upload', async () => {
    const { body } = await invoke(host, 'files', 'link', [given.fileUrl])
    const [{ tempFileURL }] = (body.data as { fileList: [{ tempFileURL: string }] }).fileList
    const { searchParams } = new URL(tempFileURL)
    const [expires, sign] = [searchParams.get('expires')!, searchParams.get('sign')!]
    expect((await fetch(given.fileUrl + `?expires=${expires}&sign=${sign}`)).status).toBe(200)
    const second = await permit('a.png')
    await upload(second)
    for (const [address, query] of [
      [given.fileUrl, `expires=${Number(expires) + 1}&sign=${sign}`],
      [given.fileUrl, `expires=${expires}&sign=${sign.replace(/.$/, (one) => (one === '0' ? '1' : '0'))}`],
      [given.fileUrl, `expires=${expires}&sign=${second.formData['Signature']}`],
      [given.fileUrl, `expires=${expires}`],
      [given.fileUrl, `sign=${sign}`],
      [given.fileUrl, `expires=${expires}&expires=${expires}&sign=${sign}`],
      [given.fileUrl, `expires=1e99&sign=${sign}`],
      [second.fileUrl, `expires=${expires}&sign=${sign}`],
    ]) {
      expect([query, ...(await readAnswer(await fetch(`${address}?${query}`)))]).toEqual([
        query,
        403,
        'InvalidFile.Signature',
      ])
    }
  })

  it.each([
    ['a.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['a.html', 'text/html', '<script>alert(1)</script>'],
    ['a.xhtml', 'application/xhtml+xml', '<html/>'],
    ['a.png', 'text/html', '<script>alert(1)</script>'],
    ['a.png', 'image/svg+xml; charset=utf-8', '<svg/>'],
    ['a.PDF', 'text/html', '<script>alert(1)</script>'],
    ['a.pdf', 'application/pdf', '%PDF-1.7'],
    ['a.js', 'text/javascript', 'alert(1)'],
    ['a', 'image/png', ''],
    ['a.png.html', 'image/png', '<script>alert(1)</script>'],
  ])('of %s, sent as %s, hands the file out to be saved and never runs it', async (cloudPath, type, text) => {
    const hostile = await permit(cloudPath)
    expect(await upload(hostile, new File([text], 'a', { type }))).toEqual([200, undefined])
    const { status, headers } = await fetch(hostile.fileUrl)
    const disposition = headers.get('content-disposition')?.split(';')[0]
    const expected = [200, 'application/octet-stream', 'attachment']
    expect([status, headers.get('content-type'), disposition]).toEqual(expected)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
  })
})

describe('a setting', () => {
  it('turns uploads of clients off, or all of them; what is there stays open', async () => {
    const functions = await openSmall({ fileUploads: 'functions' })
    const given = await permit()
    const refused = await ask(functions, 'generateProximalSign', { cloudPath: 'a.png' })
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'Storage.AccessDenied'])
    const late = await post(`${functions.url}/unicloud/files`, [...toFields(given), ['file', png()]])
    expect(late).toEqual([403, 'Storage.AccessDenied'])
    const stored = await invoke(functions, 'files', 'put', ['a.png'])
    const { fileID } = stored.body.data as { fileID: string }
    const off = await openSmall({ fileUploads: 'off', dataDir: functions.dataDir })
    expect((await invoke(off, 'files', 'put', ['a.png'])).body.data).toMatchObject({ errCode: 'Storage.AccessDenied' })
    expect((await fetch(fileID.replace(functions.url, off.url))).status).toBe(200)
  })

  it('lets pages upload by itself where the project has uni-id alone, and the start says so', async () => {
    const files = { 'uniCloud-aliyun/cloudfunctions/files/index.obj.js': FUNCTIONS }
    const config = 'uniCloud-aliyun/cloudfunctions/common/uni-config-center/uni-id/config.json'
    const without = await openHost({ projectDir: writeProject(files) })
    const refused = await ask(without, 'generateProximalSign', { cloudPath: 'a.png' })
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'Storage.AccessDenied'])
    expect((await invoke(without, 'files', 'put', ['a.png'])).body.data).toMatchObject({ success: true })
    expect(without.loaded).toBe('1 cloud functions are loaded.')
    const withUsers = await openHost({ projectDir: writeProject({ ...files, [config]: '{}' }) })
    await permit('a.png', withUsers)
    expect(withUsers.loaded).toBe(
      '1 cloud functions are loaded.\n' +
        'Pages may upload files; FILE_UPLOADS=functions leaves that to cloud functions.',
    )
  })

  it('allows some types alone, for clients and cloud functions', async () => {
    const pictures = await openSmall({ fileTypes: ['png', 'jpg'] })
    for (const cloudPath of ['a.html', 'a', 'png', 'a.png.exe', '.png/a']) {
      const { status, body } = await ask(pictures, 'generateProximalSign', { cloudPath })
      expect([cloudPath, status, body.error?.code]).toEqual([cloudPath, 415, 'InvalidFile.Type'])
    }
    expect(await upload(await permit('a.PNG', pictures))).toEqual([200, undefined])
    expect((await invoke(pictures, 'files', 'put', ['a.gif'])).body.data).toMatchObject({ errCode: 'InvalidFile.Type' })
  })

  it('closes addresses to all but those that a cloud function has had signed', async () => {
    const closed = await openSmall({ fileLinks: 'signed', fileLinkSeconds: 60 })
    const given = await permit('a.png', closed)
    await upload(given)
    expect(await readAnswer(await fetch(given.fileUrl))).toEqual([403, 'Storage.AccessDenied'])
    for (const [method, params] of [
      ['getTempFileURL', { fileList: [given.fileUrl] }],
      ['info', { id: given.fileUrl }],
    ] as const) {
      const refused = await ask(closed, method, params)
      expect([method, refused.status, refused.body.error?.code]).toEqual([method, 403, 'Storage.AccessDenied'])
    }
    const { body } = await invoke(closed, 'files', 'link', [given.fileUrl])
    const [{ tempFileURL }] = (body.data as { fileList: [{ tempFileURL: string }] }).fileList
    expect((await fetch(tempFileURL)).status).toBe(200)
    now += 60_000
    expect(await readAnswer(await fetch(tempFileURL))).toEqual([403, 'InvalidFile.Signature'])
  })
})

describe('the gateway', () => {
  it.each([
    ['delete', { fileList: ['a'] }, 403, 'Storage.AccessDenied'],
    ['report', { id: '0'.repeat(32) }, 404, 'InvalidFile.NotFound'],
    ['report', { id: '../secret' }, 404, 'InvalidFile.NotFound'],
    ['info', {}, 400, 'InvalidParams.Format'],
    ['getTempFileURL', { fileList: 'a' }, 400, 'InvalidParams.Format'],
    ['copy', {}, 400, 'InvalidMethod.NotSupported'],
    ['__proto__', {}, 400, 'InvalidMethod.NotSupported'],
  ])('refuses %s of %o', async (method, params, status, code) => {
    const answer = await ask(host, method, params)
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
  })

  it('asks for the access token that it asks for elsewhere', async () => {
    const method = 'serverless.file.resource.generateProximalSign'
    const params = JSON.stringify({ cloudPath: 'a.png' })
    const answer = await craft(host, { body: { method, params, token: 'a.b.c' } })
    expect([answer.status, answer.body.error?.code]).toEqual([401, 'GATEWAY_INVALID_TOKEN'])
  })
})

it('a request whose address cannot be read is answered and let go, though its body never comes', async () => {
  const said = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (chunk) => (heard += String(chunk)))
    socket.on('close', () => resolve(heard))
    socket.write('POST /%zz HTTP/1.1\r\nhost: a\r\ncontent-length: 9000\r\n\r\n')
  })
  expect(said).toMatch(/^HTTP\/1\.1 400 .*connection: close.*"InvalidBody\.Format"/is)
})

it('uploads leave the database a part of the disk', async () => {
  const dir = temporaryDirectory()
  const folder = new FileFolder(dir, 10 * LIMIT, Number.MAX_SAFE_INTEGER)
  await expect(folder.reserve('0'.repeat(32), LIMIT)).rejects.toMatchObject({ code: 'Storage.Full', status: 507 })
  expect(readdirSync(join(dir, 'incoming'))).toEqual([])
})

it('uploads that are on their way count for the part of the disk that the database has', async () => {
  const dir = temporaryDirectory()
  const gibibyte = 1024 ** 3
  const { bavail, bsize } = await statfs(dir)
  const folder = new FileFolder(dir, 10 * gibibyte, bavail * bsize - 1.5 * gibibyte)
  const first = await folder.reserve('1'.repeat(32), gibibyte)
  await expect(folder.reserve('2'.repeat(32), gibibyte)).rejects.toMatchObject({ code: 'Storage.Full' })
  await first.discard()
  await (await folder.reserve('2'.repeat(32), gibibyte)).discard()
})

it('uploads that are refused, or on their way to their place, take nothing from those beside them', async () => {
  const folder = new FileFolder(temporaryDirectory(), 40 * toFootprint(LIMIT))
  const reserveAll = (name: string, count: number) =>
    Promise.allSettled(
      Array.from({ length: count }, (_, at) => folder.reserve(name + String(at).padStart(31, '0'), LIMIT)),
    )
  const first = await reserveAll('x', 60)
  expect(first.map(({ status }) => status === 'fulfilled')).toEqual(first.map((_, at) => at < 40))
  const drafts = first.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  await drafts.pop()?.discard()
  for (const draft of drafts) await draft.write(Readable.from([Buffer.alloc(LIMIT)]), LIMIT)
  // All are committed while one is reserved beside them that takes what is left.
  const committed = drafts.map((draft) => draft.commit({ path: 'a.png', isShown: true, uploadedMs: 0 }))
  expect((await reserveAll('y', 1)).map(({ status }) => status)).toEqual(['fulfilled'])
  await Promise.all(committed)
})

it('what dead processes and deleted files leave is gone after an hour, and not before', async () => {
  const dir = temporaryDirectory()
  const folder = new FileFolder(dir, 10 * LIMIT)
  const [deleted, abandoned, kept] = ['ab', 'cd', 'ab9'].map((start) => start.padEnd(32, '0')) as [
    string,
    string,
    string,
  ]
  for (const id of [deleted, kept]) {
    const draft = await folder.reserve(id, 1)
    await draft.write(Readable.from([Buffer.from('a')]), 1)
    await draft.commit({ path: 'a.png', isShown: true, uploadedMs: 0 })
  }
  await (await folder.reserve(abandoned, 1)).handle.close()
  await folder.remove(deleted)
  const readAll = () =>
    readdirSync(dir, { recursive: true })
      .map(String)
      .filter((name) => /\w{32}/.test(name))
      .sort()
  const look = async (id: string) => (await folder.reserve(id.padEnd(32, '0'), 1)).discard()
  await look('e1')
  const place = (id: string) => join(id.slice(0, 2), id)
  const left = [`${place(deleted)}.json`, place(kept), `${place(kept)}.json`]
  expect(readAll()).toEqual([...left, join('incoming', abandoned)].sort())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61 * 60 * 1000 })
  try {
    await look('e2')
  } finally {
    vi.useRealTimers()
  }
  expect(readAll()).toEqual([place(kept), `${place(kept)}.json`])
})

it('a full disk is a clear refusal, and not a fault', async () => {
  // Linux answers every write to this device as a full disk would.
  const draft = new Draft(temporaryDirectory(), '0'.repeat(32), await open('/dev/full', 'r+'))
  await expect(draft.write(Readable.from([Buffer.from('a')]), LIMIT)).rejects.toMatchObject({
    code: 'Storage.Full',
    status: 507,
  })
  await draft.discard()
})
