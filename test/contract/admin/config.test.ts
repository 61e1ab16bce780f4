import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDevice } from '../support/gateway-client'
import { closeAll, openHost, temporaryDirectory } from '../support/host-project'
import {
  openAdminHost,
  signedIn,
  TOKEN,
  type AdminAnswer,
  type AdminBrowser,
  type AdminHost,
} from '../support/admin-client'

afterAll(closeAll)

const CONFIG = { width: 150, scene: { login: { size: 5 } } }
const SECRET = 'a-secret-of-the-module-that-has-forty-chars'
const HIDDEN = '••••••••'

let host: AdminHost
let browser: AdminBrowser

beforeAll(async () => {
  host = await openAdminHost(CONFIG)
  browser = await signedIn(host, 'Ann')
})

/** Starts over: the file as given (none for undefined, a text as it is), no kept versions, no audit. */
async function begin(config?: unknown): Promise<string> {
  const kept = ['config-versions', 'admin-audit.jsonl'].map((name) => join(host.dataDir, name))
  for (const path of [host.configFile, ...kept]) rmSync(path, { recursive: true, force: true })
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 2)
  if (config !== undefined) writeFileSync(host.configFile, text)
  return (await browser.config()).version
}

/** Another process on the same project and data. */
const openSecond = () => openHost({ projectDir: host.projectDir, dataDir: host.dataDir, adminToken: TOKEN })

const fileNow = () => JSON.parse(readFileSync(host.configFile, 'utf8')) as Record<string, unknown>

const findProblems = ({ body }: AdminAnswer) =>
  (body.error?.['problems'] ?? []) as {
    path: string
    allowed: Record<string, string>
    message: Record<string, string>
  }[]

/** What a client gets of the scene `order`; each time another one, of whom none asks too much. */
async function readWidth(host: { url: string }): Promise<number> {
  const { client } = openDevice(host.url, 'dcloud', { deviceId: randomUUID() })
  const captcha = client.importObject('uni-captcha-co', { customUI: true })
  const { width } = (await captcha['getImageCaptcha']!({ scene: 'order' })) as { width: number }
  return width
}

/** A configuration is read anew after half a second. */
const widthBecomes = (host: { url: string }, width: number) =>
  expect.poll(() => readWidth(host), { interval: 200 }).toBe(width)

describe('saving', () => {
  it('writes the file, keeps its mode, and is live in every process', async () => {
    const version = await begin(CONFIG)
    chmodSync(host.configFile, 0o640)
    const second = await openSecond()
    await widthBecomes(host, 150)
    await widthBecomes(second, 150)
    const saved = await browser.save(version, { ...CONFIG, width: 222 })
    expect(saved.status).toBe(200)
    await widthBecomes(host, 222)
    await widthBecomes(second, 222)
    expect(fileNow()).toEqual({ ...CONFIG, width: 222 })
    expect(statSync(host.configFile).mode & 0o777).toBe(0o640)
    expect(saved.body['version']).toBe((await browser.config()).version)
    expect(readdirSync(dirname(host.configFile))).toEqual(['config.json'])
  })

  it('of the same configuration in other spacing changes nothing and keeps no version', async () => {
    const version = await begin(CONFIG)
    const before = readFileSync(host.configFile, 'utf8')
    const saved = await browser.save(version, JSON.stringify(CONFIG, null, 7))
    expect(saved.body).toEqual({ version })
    expect(readFileSync(host.configFile, 'utf8')).toBe(before)
    expect((await browser.send('GET', '/versions')).body).toEqual({ versions: [] })
  })

  it('makes the file where there is none', async () => {
    const version = await begin()
    expect(version).toBe('none')
    expect((await browser.save(version, { width: 200 })).status).toBe(200)
    expect(fileNow()).toEqual({ width: 200 })
  })

  it('never shows a reader half a file, and leaves nothing behind', async () => {
    await begin(CONFIG)
    const big = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`scene${at}`, { size: 3 }]))
    let reads = 0
    const reading = setInterval(() => {
      fileNow() // throws on half a file
      reads++
    })
    for (let time = 0; time < 10; time++) {
      const { version } = await browser.config()
      const saved = await browser.save(version, time % 2 ? CONFIG : { ...CONFIG, scene: big })
      expect(saved.status).toBe(200)
    }
    clearInterval(reading)
    expect(reads).toBeGreaterThan(10)
    expect(readdirSync(dirname(host.configFile))).toEqual(['config.json'])
  })

  it('follows a symbolic link and leaves it one', async () => {
    const version = await begin(CONFIG)
    const real = join(temporaryDirectory(), 'real.json')
    renameSync(host.configFile, real)
    symlinkSync(real, host.configFile)
    expect((await browser.save(version, { width: 180 })).status).toBe(200)
    expect(JSON.parse(readFileSync(real, 'utf8'))).toEqual({ width: 180 })
    expect(readdirSync(dirname(host.configFile), { withFileTypes: true })[0]?.isSymbolicLink()).toBe(true)
  })

  it('that cannot be written says so, keeps the old file and notes the failure', async () => {
    const version = await begin(CONFIG)
    const before = readFileSync(host.configFile, 'utf8')
    // A directory where the kept version would go: the step before the file is replaced fails.
    writeFileSync(join(host.dataDir, 'config-versions'), 'in the way')
    const saved = await browser.save(version, { width: 200 })
    expect(saved.status).toBe(500)
    expect(saved.body.error?.code).toBe('WriteFailed')
    expect(readFileSync(host.configFile, 'utf8')).toBe(before)
    const { entries } = (await browser.send('GET', '/audit')).body as { entries: object[] }
    expect(entries[0]).toMatchObject({ action: 'failed to write', name: 'Ann' })
  })
})

describe('a stale save', () => {
  it('is refused with who saved and when, and changes nothing', async () => {
    const version = await begin(CONFIG)
    const bob = await signedIn(host, 'Bob')
    expect((await browser.save(version, { width: 201 })).status).toBe(200)
    const stale = await bob.save(version, { width: 202 })
    expect(stale.status).toBe(409)
    expect(stale.body.error).toMatchObject({ code: 'Stale', by: { name: 'Ann', address: '127.0.0.1' } })
    expect((stale.body.error as unknown as { by: { at: number } }).by.at).toBeGreaterThan(Date.now() - 60_000)
    expect(fileNow()).toEqual({ width: 201 })
  })

  it('of two at the same moment in two processes one wins', async () => {
    const version = await begin(CONFIG)
    const second = await openSecond()
    const other = await signedIn(second)
    const saves = await Promise.all(
      Array.from({ length: 8 }, (_, at) => [browser, other][at % 2]!.save(version, { width: 300 + at })),
    )
    expect(saves.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)])
    expect((await browser.send('GET', '/versions')).body['versions']).toHaveLength(1)
  })

  it('is one too when the file was edited by hand', async () => {
    const version = await begin(CONFIG)
    writeFileSync(host.configFile, '{"width": 170}')
    const stale = await browser.save(version, { width: 202 })
    expect(stale.status).toBe(409)
    expect(stale.body.error).not.toHaveProperty('by')
    expect((await browser.preview({ width: 202 })).body['version']).not.toBe(version)
  })
})

describe('an invalid configuration', () => {
  it.each([
    ['a value out of bounds', { size: 9 }, 'size', 'integer 1–6'],
    ['a value in a scene', { scene: { login: { level: 'hard' } } }, 'scene.login.level', 'integer 1–4'],
    ['a limit', { guard: { ip: { soft: -1 } } }, 'guard.ip.soft', 'integer 1–1000000'],
    ['a limit that is not an object', { scene: { a: { guard: { ip: 5 } } } }, 'scene.a.guard.ip', 'an object'],
    ['scenes that are no object', { scene: [] }, 'scene', 'an object'],
    ['a pair in the wrong order', { guard: { free: 50, hard: 20 } }, 'guard.free', ''],
    ['an alphabet without a letter', { ignoreChars: 'ACDEHKLMPRTU2589' }, 'ignoreChars', ''],
    [
      'seven letters to tap eight of',
      { scene: { pay: { challenge: 'tap', ignoreChars: 'ACDEHKLMP' } } },
      'scene.pay.ignoreChars',
      '',
    ],
    [
      'a limit of a scene above the root’s',
      { guard: { hard: 20 }, scene: { pay: { guard: { free: 50 } } } },
      'scene.pay.guard.free',
      '',
    ],
    ['a store there is none of', { store: 'cellar' }, 'store', ''],
    ['an origin with a path', { imageOrigins: ['https://a.example/x'] }, 'imageOrigins', ''],
  ])('is refused with its path in both languages: %s', async (_what, config, path, allowed) => {
    const version = await begin(CONFIG)
    const before = readFileSync(host.configFile, 'utf8')
    const refused = await browser.save(version, config)
    expect(refused.status).toBe(422)
    const [problem] = findProblems(refused)
    expect(problem?.path).toBe(path)
    expect(problem?.allowed['en']).toContain(allowed)
    expect(problem?.message['en']).toContain('Could not create the captcha')
    expect(problem?.message['zh-Hans']).toContain('验证码生成失败')
    expect(readFileSync(host.configFile, 'utf8')).toBe(before)
  })

  it.each([
    ['no JSON', '{'],
    ['no object', '[1]'],
    ['a prototype', '{"__proto__": {"width": 200}}'],
    ['a constructor', '{"constructor": {"prototype": {}}}'],
    ['a deep nest', `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`],
  ])('is refused when the text is %s', async (_what, text) => {
    const version = await begin(CONFIG)
    const refused = await browser.save(version, text)
    expect(refused.status).toBe(422)
    expect(refused.body.error?.['problems']).toMatchObject([{ path: '' }])
  })

  it('tells all mistakes at once, at most a hundred', async () => {
    const version = await begin(CONFIG)
    const scenes = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`s${at}`, { size: 0, level: 0 }]))
    const refused = await browser.save(version, { width: 1, height: 1, scene: scenes })
    expect(refused.body.error?.['problems']).toHaveLength(100)
  })

  it('is a store that this host does not have, for every captcha would fail', async () => {
    const answer = await browser.save(await begin(CONFIG), { ...CONFIG, store: 'redis' })
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'InvalidConfig' } } })
    expect(findProblems(answer)).toMatchObject([{ path: 'store' }])
    expect(fileNow()).toEqual(CONFIG)
  })

  it('is not one because of keys that mean nothing: they are kept and mentioned', async () => {
    const version = await begin(CONFIG)
    const config = { width: 150, note: 'ours', scene: { login: { colour: 'red' } } }
    const { body } = await browser.preview(config)
    expect(body['unknown']).toEqual(['note', 'scene.login.colour'])
    expect((await browser.save(version, config)).status).toBe(200)
    expect(fileNow()).toEqual(config)
  })
})

describe('secrets', () => {
  const config = {
    width: 150,
    secret: SECRET,
    redis: { url: 'redis://user:hunter2@cache:6379', password: 'hunter3', port: 6379 },
    sms: { accessKeySecret: 'hunter4', providers: [{ token: 'hunter5' }], tokenSeconds: 60 },
    scene: { 'reset-password': { size: 5 } },
  }
  const WORDS = [SECRET, 'hunter2', 'hunter3', 'hunter4', 'hunter5']

  it('are never shown, and survive a save untouched', async () => {
    const version = await begin(config)
    const { text } = await browser.config()
    const shown = JSON.parse(text) as typeof config
    expect(shown.secret).toBe(HIDDEN)
    expect(shown.redis).toEqual({ url: HIDDEN, password: HIDDEN, port: 6379 })
    expect(shown.sms).toEqual({ accessKeySecret: HIDDEN, providers: HIDDEN, tokenSeconds: 60 })
    expect(shown.scene).toEqual(config.scene)
    const { secret: _, ...without } = shown
    for (const edited of [
      { ...shown, width: 200 },
      { ...without, width: 201 },
    ]) {
      const present = await browser.config()
      expect((await browser.save(present.version, edited)).status).toBe(200)
      expect(fileNow()).toEqual({ ...config, width: edited.width })
    }
    const { versions } = (await browser.send('GET', '/versions')).body as { versions: { id: string }[] }
    await browser.send('POST', '/versions/restore', { version: (await browser.config()).version, id: versions[1]!.id })
    expect(fileNow()).toEqual(config)

    const answers = await Promise.all(
      ['/config', '/versions', '/audit'].map(async (path) => JSON.stringify((await browser.send('GET', path)).body)),
    )
    answers.push(JSON.stringify((await browser.preview(shown)).body), host.log.text)
    answers.push(readFileSync(join(host.dataDir, 'admin-audit.jsonl'), 'utf8'), version)
    for (const word of WORDS) for (const answer of answers) expect(answer).not.toContain(word)
  })

  it.each([
    ['changed', { secret: 'another-secret-of-more-than-32-characters' }, 'secret'],
    ['turned into something else', { secret: { a: 1 } }, 'secret'],
    ['moved', { secret: HIDDEN, note: HIDDEN }, 'note'],
    ['moved into a list', { secret: HIDDEN, list: [{ note: HIDDEN }] }, 'list'],
    ['added', { secret: HIDDEN, redis: { password: 'new' } }, 'redis.password'],
  ])('cannot be %s here', async (_what, edited, path) => {
    const version = await begin({ secret: SECRET })
    const refused = await browser.save(version, edited)
    expect(refused.status).toBe(422)
    expect(refused.body.error?.['problems']).toMatchObject([{ path }])
    expect(fileNow()).toEqual({ secret: SECRET })
  })

  it('of a file that is no JSON are not shown by its parser either', async () => {
    const version = await begin(`{"secret": "${SECRET}",}`)
    const { body } = await browser.send('GET', '/config')
    expect(body).toMatchObject({ isReadable: false, text: '' })
    const refused = await browser.save(version, { width: 200 })
    expect(refused.body.error?.code).toBe('ConfigUnreadable')
    expect(JSON.stringify([body, refused.body])).not.toContain(SECRET.slice(0, 8))
  })
})

describe('going back', () => {
  it('takes one call, is live, and can itself be taken back', async () => {
    const version = await begin(CONFIG)
    await browser.save(version, { width: 210 })
    const { versions } = (await browser.send('GET', '/versions')).body as {
      versions: { id: string; changes: object[] }[]
    }
    expect(versions[0]?.changes).toContainEqual({ path: 'width', before: '210', after: '150' })
    const present = await browser.config()
    const back = await browser.send('POST', '/versions/restore', { version: present.version, id: versions[0]!.id })
    expect(back.status).toBe(200)
    expect(fileNow()).toEqual(CONFIG)
    await widthBecomes(host, 150)
    const after = (await browser.send('GET', '/versions')).body as { versions: object[] }
    expect(after.versions).toHaveLength(2)
  })

  it('is refused for a version that is stale, and for an id that is none', async () => {
    const version = await begin(CONFIG)
    await browser.save(version, { width: 210 })
    const { versions } = (await browser.send('GET', '/versions')).body as { versions: { id: string }[] }
    const restore = (id: string, of: string) => browser.send('POST', '/versions/restore', { id, version: of })
    expect((await restore(versions[0]!.id, version)).status).toBe(409)
    const present = (await browser.config()).version
    for (const id of ['../secret', '/etc/passwd', '..', `${versions[0]!.id}/../../secret`, '__proto__']) {
      expect((await restore(id, present)).status, id).toBe(404)
    }
    expect(fileNow()).toEqual({ width: 210 })
  })

  it('brings a secret back that the present file has no word of, and keeps one that it has', async () => {
    const version = await begin({ width: 150, redis: { password: 'old' }, sms: { token: 'first' } })
    await browser.save(version, JSON.stringify({ width: 160, redis: { password: HIDDEN }, sms: { token: HIDDEN } }))
    writeFileSync(host.configFile, JSON.stringify({ width: 160, sms: { token: 'second' } }))
    const { versions } = (await browser.send('GET', '/versions')).body as { versions: { id: string }[] }
    const present = (await browser.config()).version
    const back = await browser.send('POST', '/versions/restore', { id: versions[0]!.id, version: present })
    expect(back.status).toBe(200)
    expect(fileNow()).toEqual({ width: 150, redis: { password: 'old' }, sms: { token: 'second' } })
  })

  it('mends a file that was edited by hand to a store that is not there', async () => {
    const version = await begin(CONFIG)
    await browser.save(version, { ...CONFIG, width: 160 })
    writeFileSync(host.configFile, JSON.stringify({ ...CONFIG, store: 'redis' }))
    await new Promise((resolve) => setTimeout(resolve, 600))
    const broken = await browser.config()
    expect(broken['problems']).toMatchObject([{ path: 'store' }])
    expect((await signedIn(host)).cookie).not.toBe('')
    expect((await browser.save(broken.version, CONFIG)).status).toBe(200)
    expect(fileNow()).toEqual(CONFIG)
  })

  it('mends a file that is no JSON', async () => {
    const version = await begin(CONFIG)
    await browser.save(version, { width: 210 })
    writeFileSync(host.configFile, '{"width": 210,}')
    const { versions } = (await browser.send('GET', '/versions')).body as { versions: { id: string }[] }
    const broken = await browser.config()
    await browser.send('POST', '/versions/restore', { id: versions[0]!.id, version: broken.version })
    expect(fileNow()).toEqual(CONFIG)
    const kept = readdirSync(join(host.dataDir, 'config-versions')).filter((name) => name.endsWith('.txt'))
    expect(kept).toHaveLength(1)
  })

  it('reaches fifty versions, which only the host can read', async () => {
    await begin(CONFIG)
    for (let time = 0; time < 53; time++) {
      const { version } = await browser.config()
      expect((await browser.save(version, { width: 100 + time })).status).toBe(200)
    }
    const folder = join(host.dataDir, 'config-versions')
    expect(readdirSync(folder)).toHaveLength(50)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    expect((await browser.send('GET', '/versions')).body['versions']).toHaveLength(50)
  })
})

describe('the audit', () => {
  it('says when, from where, who and what changed, in a file that only grows and in the log', async () => {
    const version = await begin(CONFIG)
    await browser.save(version, { ...CONFIG, width: 210, scene: { login: { size: 6 }, pay: { level: 4 } } })
    const { entries } = (await browser.send('GET', '/audit')).body as { entries: Record<string, unknown>[] }
    expect(entries.map(({ action }) => action)).toEqual(['saved'])
    expect(entries[0]).toMatchObject({
      address: '127.0.0.1',
      name: 'Ann',
      changes: [
        { path: 'width', before: '150', after: '210' },
        { path: 'scene.login.size', before: '5', after: '6' },
        { path: 'scene.pay', after: '{"level":4}' },
      ],
    })
    const file = join(host.dataDir, 'admin-audit.jsonl')
    const before = readFileSync(file, 'utf8')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const present = await browser.config()
    await browser.save(present.version, { width: 211 })
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true)
    expect((await host.log.saying('administration'))['audit']).toBeDefined()
  })

  it('survives names that try to forge a line', async () => {
    await begin(CONFIG)
    const forger = await signedIn(host, 'x"}\n{"action":"saved"\u202e')
    const { entries } = (await forger.send('GET', '/audit')).body as { entries: { action: string; name: string }[] }
    expect(entries.map(({ action }) => action)).toEqual(['signed in'])
    expect(entries[0]?.name).toBe('x"}{"action":"saved"')
  })
})

describe('the path', () => {
  it('is the module’s own, whatever a request says', async () => {
    const version = await begin(CONFIG)
    mkdirSync(join(host.projectDir, 'elsewhere'))
    const body = { version, text: '{"width":210}', path: '../elsewhere/x.json', file: '/tmp/x', pluginId: 'other' }
    expect((await browser.send('PUT', '/config?path=../../x&file=/etc/passwd', body)).status).toBe(200)
    expect(fileNow()).toEqual({ width: 210 })
    expect(readdirSync(join(host.projectDir, 'elsewhere'))).toEqual([])
  })

  it.each([
    [{}],
    [{ version: 1, text: '{}' }],
    [{ version: 'none', text: {} }],
    [{ version: 'x'.repeat(65), text: '{}' }],
    [[]],
  ])('a body that is not a save is refused (%#)', async (body) => {
    await begin(CONFIG)
    expect((await browser.send('PUT', '/config', body)).body.error?.code).toBe('InvalidRequest')
  })

  it('a text beyond its limit is refused before it is looked at', async () => {
    const version = await begin(CONFIG)
    expect((await browser.save(version, `{"a":"${'x'.repeat(100_001)}"}`)).status).toBe(400)
    expect((await browser.save(version, `{"a":"${'x'.repeat(2_000_000)}"}`)).status).toBe(400)
  })
})
