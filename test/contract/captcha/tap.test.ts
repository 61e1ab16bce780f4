import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Drawn } from '../../../uni_modules/uni-captcha/types/protocol'
import type { Captchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { createCaptchas } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/captcha'
import { draw } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/draw'
import { createGuard } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/guard/guard'
import { toTapCode } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/captcha/tap'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import { keyFor } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/proof/secret'
import type {
  NewCode,
  Slot,
  Stores,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { drawn, storesOn, workPoser } from '../support/captchas'
import { delayed, openTemporaryDatabase } from '../support/cloud-database'
import { thrown } from '../support/guards'
import { closeAll } from '../support/host-project'
import { findCells, findOrders, ORDERS, tapCells } from '../support/taps'
import { connectedRedis, redisStores, redisUrls } from '../support/redis'

const SECRET = 'the secret of this test, not of yours'
const WRONG = 'uni-captcha-verify-fail'

interface Driver {
  stores(now: () => number): Stores
  close(): Promise<void> | void
}

const DRIVERS: [string, () => Promise<Driver>][] = [
  ['the embedded database', () => onDatabase((database) => database)],
  ['the embedded database behind a slow network', () => onDatabase((database) => delayed(database, 3))],
  ['Redis', () => onRedis('server')],
  ['a Redis cluster', () => onRedis('cluster')],
]

type Database = ReturnType<typeof openTemporaryDatabase>['database']

async function onDatabase(change: (database: Database) => Database): Promise<Driver> {
  const { database, close } = openTemporaryDatabase()
  return { stores: (now) => storesOn(change(database), now), close }
}

async function onRedis(kind: 'server' | 'cluster'): Promise<Driver> {
  const redis = await connectedRedis(await redisUrls(kind))
  return { stores: (now) => redisStores(redis.cloud as never, now), close: () => redis.close() }
}

const clock = { now: 1_800_000_000_000 }
let driver: Driver
let stores: Stores
let config: Record<string, unknown>
let captchas: Captchas
let guard: ReturnType<typeof createGuard>
/** what was drawn last: the field by rows, then the strip */
let prompt = ''
let issued: { slot: Slot; code: NewCode }[]
let devices = 0
let caller: { scene: string; deviceId: string; canTap: true }

beforeEach(() => {
  config = { secret: SECRET, pixelRatio: 1, scene: { login: { challenge: 'tap' }, typed: {} } }
  issued = []
  caller = { scene: 'login', deviceId: `phone ${++devices}`, canTap: true }
})

/** The module's parts on the driver's stores. */
function assemble(): void {
  const now = () => clock.now
  stores = driver.stores(now)
  const issue: Stores['codes']['issue'] = (slot, code, former) => {
    issued.push({ slot, code })
    return stores.codes.issue(slot, code, former)
  }
  const codes = Object.assign(Object.create(stores.codes) as Stores['codes'], { issue })
  const call = {
    config: () => config,
    stores: () => ({ ...stores, codes }),
    caller: () => ({}),
    now,
    onEvent: () => {},
    tapKey,
  }
  const drawing: typeof draw = (text, options) => {
    prompt = text
    return draw(text, options)
  }
  captchas = createCaptchas({ ...call, draw: drawing, randomBytes: cryptoBytes, poseWork: workPoser(call) })
  guard = createGuard(call)
}

function tapKey(now: unknown): Buffer | undefined {
  try {
    return keyFor('tap', now, undefined)
  } catch {
    return undefined
  }
}

const create = async (change: object = {}): Promise<Drawn> => drawn(await captchas.create({ ...caller, ...change }))
const verify = async (captcha: unknown, change: object = {}) =>
  (await captchas.verify({ ...caller, captcha, ...change })).errCode

/** Cells of what was drawn last, in the order of the strip. */
const getCells = () => findCells(prompt)
const readRight = () => tapCells(getCells())

describe.each(DRIVERS)('a picture to tap on, on %s', (_, open) => {
  beforeAll(async () => {
    driver = await open()
    assemble()
  })
  afterAll(async () => {
    await driver.close()
    await closeAll()
  })

  it('passes once for the four points in the order of the strip', async () => {
    const picture = await create()
    expect(picture.tap).toEqual({ columns: 4, rows: 2, count: 4, top: 50, width: 300, height: 200 })
    expect(await verify(readRight())).toBe(0)
    expect(await verify(readRight())).toBe(WRONG)
  })

  it('passes for exactly one of a hundred concurrent right answers', async () => {
    await create()
    const answers = await Promise.all(Array.from({ length: 100 }, () => verify(readRight())))
    expect(answers.filter((code) => code === 0)).toHaveLength(1)
    expect(answers.filter((code) => code === WRONG)).toHaveLength(99)
  })

  it.each([
    ['the points in another order', () => tapCells(getCells().reverse())],
    ['another cell in place of the last one', () => tapCells([...getCells().slice(0, 3), findOther()])],
    ['three points', () => tapCells(getCells().slice(0, 3))],
    ['five points', () => tapCells([...getCells(), findOther()])],
    ['the same point twice', () => tapCells([...getCells().slice(0, 3), getCells()[0]!])],
    ['a point in the strip', () => readRight().replace(/,\d+$/, ',49')],
    ['a point right of the picture', () => readRight().replace(/\d+,(\d+)$/, '300,$1')],
    ['a point below the picture', () => readRight().replace(/,\d+$/, ',200')],
    ['a point that is no number', () => readRight().replace(/,\d+$/, ',NaN')],
    ['a point at minus one', () => readRight().replace(/,\d+$/, ',-1')],
    ['a point between pixels', () => `${readRight()}.5`],
    ['a point without an end', () => readRight().replace(/,\d+$/, ',Infinity')],
    ['a thousand points', () => tapCells(Array.from({ length: 1000 }, (_value, i) => i % 8))],
    ['the right points and something behind them', () => `${readRight()} ${'x'.repeat(100)}`],
    ['the four letters', () => prompt.slice(8)],
    ['what stands in the row', () => issued.at(-1)!.code.code],
    ['what stands in the row, without its first word', () => issued.at(-1)!.code.code.slice(4)],
    ['nothing but the name', () => 'tap.'],
  ])('takes %s as a wrong answer, after which the right one is void', async (_name, answer) => {
    await create()
    expect(await verify(answer())).toBe(WRONG)
    expect(await verify(readRight())).toBe(WRONG)
  })

  it('has one attempt, whatever the scene says', async () => {
    config = { ...config, scene: { login: { challenge: 'tap', maxAttempts: 20 } } }
    await create()
    expect(await verify(tapCells(getCells().reverse()))).toBe(WRONG)
    expect(await verify(readRight())).toBe(WRONG)
  })

  it('is replaced by a refresh, and overdue after its time', async () => {
    await create()
    const former = readRight()
    do drawn(await captchas.refresh(caller))
    while (readRight() === former)
    expect(await verify(former)).toBe(WRONG)
    await create()
    clock.now += 180_000
    expect(await verify(readRight())).toBe('uni-captcha-verify-overdue')
  })

  it('of one device or scene passes for no other', async () => {
    config = { ...config, scene: { login: { challenge: 'tap' }, pay: { challenge: 'tap' } } }
    await create()
    const right = readRight()
    do await create({ deviceId: 'another' })
    while (readRight() === right)
    expect(await verify(right, { deviceId: 'another' })).toBe(WRONG)
    expect(await verify(right, { scene: 'pay' })).toBe(WRONG)
    expect(await verify(right)).toBe(0)
  })

  it('tells no order of a void picture from another', async () => {
    await create()
    const former = readRight()
    do drawn(await captchas.refresh(caller))
    while (readRight() === former)
    const right = readRight()
    await verify(tapCells(getCells().reverse()))
    for (const tapped of [former, right, tapCells([...getCells().slice(0, 3), findOther()])]) {
      const { errCode, errMsg } = await captchas.verify({ ...caller, captcha: tapped })
      expect([errCode, errMsg]).toEqual([WRONG, '验证码错误'])
    }
  })

  it('opens a guarded call like a typed one', async () => {
    config = { ...config, guard: { free: 0 } }
    expect(await thrown(guard(caller))).toMatchObject({ errCode: 'uni-captcha-required', scene: 'login' })
    await create()
    expect(await thrown(guard({ ...caller, captcha: tapCells(getCells().reverse()) }))).toMatchObject({
      errCode: WRONG,
    })
    await create()
    await guard({ ...caller, captcha: readRight() })
  })
})

describe('the row of a picture to tap on', () => {
  beforeAll(async () => {
    driver = await onDatabase((database) => database)
    assemble()
  })
  afterAll(() => driver.close())

  it('is not found by computing every order without the secret', async () => {
    await create()
    const { slot, code } = issued.at(-1)!
    expect(ORDERS).toHaveLength(1680)
    expect(code.code).toMatch(/^tap [\w-]{43}$/)
    expect(findOrders(code.code, slot, '')).toEqual([])
    expect(findOrders(code.code, slot, `${SECRET}!`)).toEqual([])
    // With the secret the same search finds it.
    expect(findOrders(code.code, slot, SECRET)).toEqual([getCells()])
  })

  it('has no letter, cell or point in it, and neither has the answer to the client', async () => {
    const { captchaBase64, tap, ...rest } = await create()
    expect(captchaBase64).toMatch(/^data:image\/png;base64,/)
    expect(tap).toBeDefined()
    const message = '验证码获取成功'
    const said = { errCode: 0, errMsg: message, code: 0, msg: message, message }
    expect(rest).toEqual({ ...said, width: 300, height: 200, maxLength: 35, expiresIn: 180 })
    const { code } = issued.at(-1)!
    expect(Object.keys(code).sort()).toEqual(['code', 'columns', 'createdAt', 'expiresAt', 'maxAttempts'])
    expect(code).toMatchObject({ maxAttempts: 1, columns: { call_options: {}, device_uuid: caller.deviceId } })
  })

  it('is another one for the same cells of another device, in another scene, with another key', async () => {
    const slot: Slot = { kind: 'image', scene: 'login', subject: 'code:a' }
    const key = Buffer.alloc(32, 1)
    const code = toTapCode(key, slot, '0123')
    expect(toTapCode(key, { ...slot }, '0123')).toBe(code)
    for (const [otherKey, otherSlot] of [
      [key, { ...slot, subject: 'code:b' }],
      [key, { ...slot, scene: 'pay' }],
      [key, { ...slot, kind: 'pow' as const }],
      [Buffer.alloc(32, 2), slot],
    ] as const) {
      expect(toTapCode(otherKey, otherSlot, '0123')).not.toBe(code)
    }
  })
})

describe('a scene whose pictures are tapped on', () => {
  beforeAll(async () => {
    driver = await onDatabase((database) => database)
    assemble()
  })
  afterAll(() => driver.close())

  it.each([
    ['zh-Hans', '此场景需要在图片上点击字符，此页面的验证码组件不支持，请更新'],
    ['zh-Hant', '此場景需要在圖片上點擊字元，此頁面的驗證碼元件不支援，請更新'],
    [
      'en',
      'This scene asks for characters to be tapped on an image, which the captcha component of this page cannot do: please update it',
    ],
  ])('gives no picture to a client that does not say it can tap, and tells it so in %s', async (locale, errMsg) => {
    for (const canTap of [undefined, false, 'true', 1]) {
      const refused = await captchas.create({ ...caller, canTap, locale })
      expect(refused).toMatchObject({ errCode: 'uni-captcha-tap-required', code: 10113, errMsg, scene: 'login' })
    }
    await create()
    expect(await captchas.refresh({ ...caller, canTap: undefined })).toMatchObject({
      errCode: 'uni-captcha-tap-required',
    })
    expect(await verify(readRight())).toBe(0)
  })

  it('sends a client that can compute and not tap to the proof of work where the scene offers it', async () => {
    const unable = { ...caller, canTap: undefined, canWork: true }
    expect(await captchas.create(unable)).toMatchObject({ errCode: 'uni-captcha-tap-required' })
    config = {
      secret: SECRET,
      pixelRatio: 1,
      scene: { login: { challenge: 'tap', alternative: 'pow', face: 'slide' } },
    }
    expect(await captchas.create(unable)).toMatchObject({ errCode: 'uni-captcha-proof-required', face: 'slide' })
    for (const canWork of [undefined, false, 'true']) {
      const refused = await captchas.create({ ...unable, canWork })
      expect(refused).toMatchObject({ errCode: 'uni-captcha-tap-required', scene: 'login' })
    }
    await create()
    expect(await captchas.refresh(unable)).toMatchObject({ errCode: 'uni-captcha-proof-required' })
    expect(await verify(readRight())).toBe(0)
  })

  it('cannot be without a secret, of which a typed scene needs none', async () => {
    const { secret: _, ...without } = config
    config = without
    expect(await captchas.create(caller)).toMatchObject({ errCode: 'uni-captcha-secret-required' })
    await create({ scene: 'typed' })
    expect(await verify('tap.37,88.262,120.187,163.112,88', { scene: 'typed' })).toBe(WRONG)
  })

  it('is kept by a function that lacks the secret, which says so', async () => {
    await create()
    const whole = config
    config = { ...whole, secret: undefined }
    expect(await captchas.verify({ ...caller, captcha: readRight() })).toMatchObject({
      errCode: 'uni-captcha-secret-required',
    })
    config = whole
    expect(await verify(readRight())).toBe(0)
  })

  it('a typed scene takes a tapped answer as a wrong one, and goes on', async () => {
    await create({ scene: 'typed' })
    expect(prompt).toHaveLength(4)
    expect(await verify('tap.37,88.262,120.187,163.112,88', { scene: 'typed' })).toBe(WRONG)
    expect(await verify(prompt, { scene: 'typed' })).toBe(0)
  })

  it('shows eight different letters, and four of them in the strip, wherever they lie', async () => {
    const places = new Set<number>()
    for (let i = 0; i < 60; i++) {
      await create()
      const field = new Set(prompt.slice(0, 8))
      expect(prompt).toHaveLength(12)
      expect(field.size).toBe(8)
      expect(new Set(getCells()).size).toBe(4)
      expect(getCells()).not.toContain(-1)
      for (const cell of getCells()) places.add(cell)
    }
    expect(places.size).toBe(8)
  })

  it('takes every point of a cell for that cell and none outside', async () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) })
    await fc.assert(
      fc.asyncProperty(point, fc.nat(3), async ({ x, y }, place) => {
        await create()
        const right = getCells()
        const middle = right[place]!
        const points = tapCells(right).slice(4).split('.')
        points[place] = `${x},${y}`
        // Within half a cell of its middle, to the left and above the edge included.
        const [dx, dy] = [x - ((middle % 4) * 75 + 37.5), y - (50 + Math.floor(middle / 4) * 75 + 37.5)]
        const isInCell = dx >= -37.5 && dx < 37.5 && dy >= -37.5 && dy < 37.5
        expect(await verify(['tap', ...points].join('.'))).toBe(isInCell ? 0 : WRONG)
      }),
      { numRuns: 120 },
    )
  })

  it('takes each point of the right cell, edges and corners included', async () => {
    for (const [dx, dy] of [
      [0, 0],
      [74, 0],
      [0, 74],
      [74, 74],
      [37, 0],
      [0, 37],
    ] as const) {
      await create()
      const points = getCells().map((cell) => `${(cell % 4) * 75 + dx},${50 + Math.floor(cell / 4) * 75 + dy}`)
      expect(await verify(['tap', ...points].join('.'))).toBe(0)
    }
  })

  it('takes what is pasted in other ways of writing the same', async () => {
    await create()
    expect(await verify(` ${readRight().toUpperCase()} `)).toBe(0)
  })
})

/** A cell that is not to be tapped. */
function findOther(): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].find((cell) => !getCells().includes(cell))!
}
