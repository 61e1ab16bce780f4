import { Session } from 'node:inspector/promises'
import { relative } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type * as UniCaptcha from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index'
import { drawn } from '../support/captchas'
import { intercept, openTemporaryDatabase } from '../support/cloud-database'

const CLIENT = { deviceId: 'phone', clientIP: '203.0.113.9', locale: 'en' }
const WHO = { scene: 'login' }

interface Watched {
  /** files of the plugin of which a function ran */
  files: string[]
  /** how often each function of the plugin was called, by its name; an async one counts again after each wait */
  calls: Map<string, number>
}

let opened: ReturnType<typeof openTemporaryDatabase>
let caller: Partial<typeof CLIENT> = CLIENT
let statements: string[] = []
let captchas: typeof UniCaptcha
const session = new Session()

beforeAll(async () => {
  // The clock stands: a configuration that is a second old is read anew, and a busy machine takes that second.
  vi.useFakeTimers({ toFake: ['Date'] })
  opened = openTemporaryDatabase()
  const database = intercept(opened.database, (statement, run) => {
    statements.push(statement)
    return run()
  })
  vi.stubGlobal('uniCloud', { database: () => database, getClientInfos: () => [caller] })
  captchas = await import('../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index')
  session.connect()
  await session.post('Profiler.enable')
})
afterAll(() => {
  session.disconnect()
  vi.unstubAllGlobals()
  vi.useRealTimers()
  opened.close()
})

/** What ran of the plugin's source during a call, as the engine counted it. */
async function watch(run: () => Promise<unknown>): Promise<Watched> {
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await session.post('Profiler.takePreciseCoverage')
  await run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  const files: string[] = []
  const calls = new Map<string, number>()
  for (const { url, functions } of result) {
    const file = relative(process.cwd(), url.replace('file://', ''))
    // The test runner's modules read each other's exports by getters, which are none of the source's functions.
    const entered = functions.filter(({ functionName, ranges }) => functionName !== 'get' && ranges[0]!.count > 0)
    if (!file.startsWith('uni_modules/uni-captcha/') || entered.length === 0) continue
    files.push(file)
    for (const { functionName, ranges } of entered) {
      calls.set(functionName, (calls.get(functionName) ?? 0) + ranges[0]!.count)
    }
  }
  return { files, calls }
}

async function readAnswer(scene: string): Promise<string> {
  const { data } = await opened.database.collection('opendb-verify-codes').where({ scene }).limit(1).get()
  return (data[0] as { code: string }).code
}

describe('a right answer', () => {
  it('is checked in fourteen files at most, with one reading of the configuration, three statements, and two for each network of the address', async () => {
    // The first call opens what all later ones share.
    drawn(await captchas.create(WHO))
    await captchas.verify({ ...WHO, captcha: 'wrong' })
    const form = { ...WHO, captcha: await readAnswer('login') }
    let answer: Awaited<ReturnType<typeof captchas.verify>> | undefined
    statements = []
    const { files, calls } = await watch(async () => (answer = await captchas.verify(form)))
    expect(answer).toMatchObject({ errCode: 0 })
    expect(files.length, files.join('\n')).toBeLessThanOrEqual(14)
    expect(files.join('\n')).toContain('store/database.ts')
    expect(calls.get('readConfig')).toBe(1)
    expect(calls.get('readRequest')).toBe(1)
    const networks = ['updateAndReturn', 'updateAndReturn']
    expect(statements).toEqual([...networks, 'get', 'update', 'update', ...networks])
  })

  it('is checked in nine files at most where no address is known, of which there are limits', async () => {
    caller = { ...CLIENT, clientIP: undefined }
    drawn(await captchas.create(WHO))
    const form = { ...WHO, captcha: await readAnswer('login') }
    let answer: Awaited<ReturnType<typeof captchas.verify>> | undefined
    const { files } = await watch(async () => (answer = await captchas.verify(form)))
    caller = CLIENT
    expect(answer).toMatchObject({ errCode: 0 })
    expect(files.length, files.join('\n')).toBeLessThanOrEqual(9)
    expect(files.join('\n')).toContain('store/database.ts')
  })

  it('behind the guard is read, counted and checked in one call: the configuration is read once', async () => {
    for (let i = 0; i < 11; i++) await captchas.guard(WHO).catch(() => {})
    drawn(await captchas.create(WHO))
    const form = { ...WHO, captcha: await readAnswer('login') }
    const { calls } = await watch(() => captchas.guard(form))
    expect(calls.get('readConfig')).toBe(1)
    expect(calls.get('readRequest')).toBe(1)
  })
})
