import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openDatabase, openPostgres } from '../../../host/database/index'
import type { SceneHour } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { DRIVERS, toDatabaseUrl } from '../../fixtures/database/open'
import { closeAll, invoke, openHost, temporaryDirectory, writeProject, type OpenedHost } from '../support/host-project'
import { bundleHost, killPrograms, Program } from '../support/host-program'

afterEach(async () => {
  killPrograms()
  await closeAll()
})

function draw(host: Pick<OpenedHost, 'url'>, scene: string): Promise<unknown> {
  const clientInfo = { deviceId: 'phone' }
  return invoke(host, 'uni-captcha-co', 'getImageCaptcha', [{ scene }], { clientInfo })
}

/** What is in the database of a data directory, or of an address. */
async function written(dataDir: string, url: string | null = null): Promise<Record<string, number>> {
  const database = url === null ? openDatabase({ file: `${dataDir}/unicloud.db` }) : await openPostgres({ url })
  const { data } = await database.api.collection('uni-captcha-statistics').limit(1000).get()
  await database.close()
  const sums: Record<string, number> = {}
  for (const { scene, counts } of data as unknown as SceneHour[]) {
    for (const [name, count] of Object.entries(counts)) {
      sums[`${scene} ${name}`] = (sums[`${scene} ${name}`] ?? 0) + count
    }
  }
  return sums
}

describe.each(DRIVERS)('the statistics on a host with %s', (driver) => {
  it('are written while it runs, without a call that asks for it', async () => {
    const databaseUrl = await toDatabaseUrl(driver)
    const host = await openHost({ projectDir: process.cwd(), databaseUrl })
    await draw(host, 'login')
    await expect.poll(() => written(host.dataDir, databaseUrl), { interval: 200 }).toEqual({ 'login created': 1 })
  })

  it('are complete when it has ended', async () => {
    const databaseUrl = await toDatabaseUrl(driver)
    const host = await openHost({ projectDir: process.cwd(), databaseUrl })
    for (let i = 0; i < 10; i++) await draw(host, `scene ${i % 2}`)
    await host.close()
    expect(await written(host.dataDir, databaseUrl)).toEqual({
      'scene 0 created': 1,
      'scene 0 refreshed': 4,
      'scene 1 created': 1,
      'scene 1 refreshed': 4,
    })
  })
})

describe.each(DRIVERS)('several workers with %s', (driver) => {
  beforeAll(bundleHost)

  const SCENE_COUNT = /^unicloud_events_total\{.*\} (\d+)$/gm

  async function readEvents(url: string): Promise<number> {
    const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
    const text = await response.text()
    expect(response.status, text).toBe(200)
    return [...text.matchAll(SCENE_COUNT)].reduce((sum, [, count]) => sum + Number(count), 0)
  }

  it('add up in the metrics, also after one of them was killed, and in the statistics after their end', async () => {
    const dataDir = temporaryDirectory()
    const databaseUrl = await toDatabaseUrl(driver)
    const environment = {
      PROJECT_DIR: projectWithProbe(),
      DATA_DIR: dataDir,
      FLOOD_LIMIT_PER_MINUTE: '0',
      ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
    }
    const program = new Program(environment, ['--workers', '2'])
    const url = await program.ready()
    // At once, so that both get some of them.
    await Promise.all(Array.from({ length: 24 }, (_, i) => draw({ url }, `scene ${i}`)))
    expect(await readEvents(url)).toBe(24)
    // The log of other processes comes by a way of its own.
    const served = () => new Set([...program.log.matchAll(/"worker":(\d+)/g)].map(([, worker]) => worker))
    await expect.poll(() => served().size).toBe(2)

    process.kill(Number(await (await fetch(`${url}/http/probe/pid`)).text()), 'SIGKILL')
    await program.saying(/Worker \d+ was ended by SIGKILL/)
    expect(await readEvents(url)).toBe(24)
    for (let i = 0; i < 6; i++) await draw({ url }, `later ${i}`)
    expect(await readEvents(url)).toBe(30)

    program.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    const counts = Object.entries(await written(dataDir, databaseUrl))
    expect(counts.filter(([name]) => name.startsWith('later'))).toHaveLength(6)
  })

  /** The plugins of this repository, and an object that tells which process answers. */
  function projectWithProbe(): string {
    const probe = 'module.exports = { pid: () => String(process.pid) }'
    const project = writeProject({ 'uniCloud/cloudfunctions/probe/index.obj.js': probe })
    cpSync('uni_modules', join(project, 'uni_modules'), { recursive: true })
    symlinkSync(join(process.cwd(), 'node_modules'), join(project, 'node_modules'))
    return project
  }
})
