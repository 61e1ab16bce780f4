import { decode } from 'fast-png'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll } from '../support/host-project'
import { openAdminHost, signedIn, type AdminBrowser, type AdminHost } from '../support/admin-client'

let host: AdminHost
let browser: AdminBrowser

beforeAll(async () => {
  host = await openAdminHost({ width: 150 })
  browser = await signedIn(host)
})
afterAll(closeAll)

interface Preview {
  errCode: number | string
  errMsg?: string
  pictures?: string[]
  width?: number
  height?: number
}

async function getPreview(config: unknown, scene = ''): Promise<Preview | null> {
  const { status, body } = await browser.preview(config, scene)
  expect(status).toBe(200)
  return body['preview'] as Preview | null
}

const toBytes = (picture = '') => Buffer.from(picture.split(',')[1] ?? '', 'base64')

describe('a preview', () => {
  it('is eight pictures, all different, drawn with exactly the options of the scene', async () => {
    const config = { width: 200, height: 60, pixelRatio: 1, background: '#102030', scene: { login: { width: 100 } } }
    for (const [scene, width] of [['', 200] as const, ['login', 100] as const, ['unknown', 200] as const]) {
      const preview = await getPreview(config, scene)
      expect(preview).toMatchObject({ errCode: 0, width, height: 60 })
      expect(new Set(preview?.pictures).size).toBe(8)
      for (const picture of preview!.pictures!) {
        const png = decode(toBytes(picture))
        expect([png.width, png.height]).toEqual([width, 60])
        expect(png.palette?.some(([r, g, b]) => r === 0x10 && g === 0x20 && b === 0x30)).toBe(true)
      }
    }
  })

  it('of a scene whose pictures are tapped on is such pictures, in its colours', async () => {
    const config = { background: '#102030', scene: { pay: { challenge: 'tap', width: 100, mode: 'vector' } } }
    const preview = await getPreview(config, 'pay')
    expect(preview).toMatchObject({ errCode: 0, width: 300, height: 200 })
    expect(new Set(preview?.pictures).size).toBe(8)
    for (const picture of preview!.pictures!) {
      const png = decode(toBytes(picture))
      expect([png.width, png.height]).toEqual([600, 400])
      expect(png.palette?.some(([r, g, b]) => r === 0x10 && g === 0x20 && b === 0x30)).toBe(true)
    }
  })

  it('holds no answer and is stored nowhere', async () => {
    const { body, headers } = await browser.preview({ width: 150 })
    const { preview, ...rest } = body as { preview: Preview }
    expect(Object.keys(preview).sort()).toEqual(['errCode', 'height', 'pictures', 'width'])
    expect(JSON.stringify(rest)).not.toMatch(/answer|prompt|code"/)
    expect(headers.get('cache-control')).toBe('no-store')
    for (const picture of preview.pictures!) {
      const chunks = toBytes(picture)
        .toString('latin1')
        .match(/tEXt|iTXt|zTXt/g)
      expect(chunks).toBeNull()
    }
  })

  it('says what is wrong at its place, and draws nothing, when the options cannot be drawn', async () => {
    const { body } = await browser.preview({ size: 9 })
    expect(body['problems']).toMatchObject([{ path: 'size', value: '9', allowed: { en: 'integer 1–6' } }])
    expect(body['preview']).toMatchObject({ errCode: 'uni-captcha-create-fail' })
    expect((await browser.preview('{')).body['preview']).toBeNull()
  })

  it('still draws a scene that is right while another is wrong', async () => {
    const preview = await getPreview({ scene: { good: { size: 3 }, bad: { size: 9 } } }, 'good')
    expect(preview?.errCode).toBe(0)
  })

  it('says what would change', async () => {
    const { body } = await browser.preview({ width: 180, scene: { login: { size: 5 } } })
    expect(body['changes']).toEqual([
      { path: 'width', before: '150', after: '180' },
      { path: 'scene', after: '{"login":{"size":5}}' },
    ])
  })

  it('of the largest picture stays bounded, and beyond the bounds there is none', async () => {
    const largest = { width: 600, height: 300, pixelRatio: 3, level: 4, noise: 20, size: 6 }
    expect((await getPreview(largest))?.pictures).toHaveLength(8)
    for (const beyond of [{ width: 601 }, { pixelRatio: 4 }, { noise: 21 }, { size: 7 }, { width: 1e9 }]) {
      expect((await getPreview({ ...largest, ...beyond }))?.pictures).toBeUndefined()
    }
  })

  it('that comes with many others waits its turn or is told to come again; everybody else is served', async () => {
    const slow = { width: 600, height: 300, pixelRatio: 3, level: 4 }
    let left = 20
    const flood = Promise.all(Array.from({ length: left }, () => browser.preview(slow).finally(() => left--)))
    expect((await browser.send('GET', '/options')).status).toBe(200)
    expect(left, 'previews that are still to be drawn when another request is answered').toBeGreaterThan(0)
    const statuses = (await flood).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([])
    expect((await browser.preview({})).status).toBe(200)
  })

  it.each([
    ['a scene that is not a string', { text: '{}', scene: { $ne: '' } }],
    ['a scene beyond its limit', { text: '{}', scene: 'x'.repeat(65) }],
    ['no text', { scene: '' }],
  ])('with %s is refused', async (_what, body) => {
    expect((await browser.send('POST', '/preview', body)).body.error?.code).toBe('InvalidRequest')
  })

  it.each(['__proto__', 'constructor', 'scene', 'toString'])(
    'of a scene called %s is that of the root',
    async (scene) => {
      expect(await getPreview({ width: 120 }, scene)).toMatchObject({ errCode: 0, width: 120 })
    },
  )
})

describe('the option table', () => {
  it('crosses the wire whole: every field with its bounds and its words', async () => {
    const { groups } = (await browser.send('GET', '/options')).body as {
      groups: { name: string; rows: { path: string; type: string; min?: number; max?: number }[] }[]
    }
    expect(groups.map(({ name }) => name)).toEqual(['picture', 'guard', 'imageLimit', 'addressLimit', 'work', 'module'])
    const rows = groups.flatMap((group) => group.rows)
    expect(rows.find(({ path }) => path === 'size')).toMatchObject({ type: 'integer', min: 1, max: 6, default: 4 })
    expect(rows.find(({ path }) => path === 'guard.free')).toMatchObject({ default: 10, whenFailuresOnly: 3 })
  })
})

describe('statistics', () => {
  it.each([
    '',
    '?from=0',
    '?from=a&to=b',
    '?from=10&to=5',
    '?from=0&to=99999999999999',
    '?from=-1&to=5',
    '?from=0&to=1.5',
  ])('of a span that is none (%s) are refused', async (query) => {
    expect((await browser.send('GET', `/statistics${query}`)).body.error?.code).toBe('InvalidRequest')
  })
})
