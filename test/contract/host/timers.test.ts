import { afterEach, describe, expect, it } from 'vitest'
import { storedRows } from '../support/answers'
import { HandClock } from '../support/hand-clock'
import { closeAll, invoke, openHost, temporaryDirectory, writeProject, type OpenedHost } from '../support/host-project'

afterEach(closeAll)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What has run, once there are `count` runs; then a moment more, for runs that should not be. */
async function readRuns<T>(host: OpenedHost, name: string, count: number): Promise<T[]> {
  const list = async () => ((await invoke(host, name, 'list')).body.data as { data: T[] }).data
  for (let turn = 0; turn < 5000 && (await list()).length < count; turn++) await pause(10)
  await pause(50)
  return list()
}

/** Waits until the run has ended, so that the next is not left out. */
async function hasEnded({ dataDir }: OpenedHost): Promise<void> {
  const holds = () => storedRows<{ held_until: number }>(dataDir, '_host_timer').map(({ held_until }) => held_until)
  await expect.poll(holds).toEqual([0])
}

interface Run {
  source: string
  param: { Time: string; TriggerName: string }
}

const SECOND = 1000
const EVERY_MINUTE = '0 */1 * * * * *'
const RECORDER = `const runs = uniCloud.database().collection('runs')
let running = 0
let release
module.exports = {
  async _timing(param) {
    const overlapping = ++running > 1
    await runs.add({ time: param.Time, overlapping })
    await WAIT
    running--
    if (param.Time.includes('00:03')) throw new Error('a run that fails')
  },
  list: async () => ({ data: (await runs.get()).data }),
  release: () => release(),
}`
const UNTIL_RELEASED = 'new Promise((resolve) => (release = resolve))'

/** Writes down its runs; each goes on until what it waits for. */
function recorder(cron: string, wait = 'undefined'): string {
  const config = { triggers: [{ name: 'often', type: 'timer', config: cron }] }
  return writeProject({
    'uniCloud/cloudfunctions/recorder/index.obj.js': RECORDER.replace('WAIT', wait),
    'uniCloud/cloudfunctions/recorder/package.json': { name: 'recorder', 'cloudfunction-config': config },
  })
}

describe('a timer', () => {
  it('runs _timing at its time in UTC+8, with source "timing", and not before', async () => {
    const clock = new HandClock(Date.parse('2026-11-30T17:59:58Z'))
    const host = await openHost({ clock })
    clock.moveTo(Date.parse('2026-11-30T17:59:59.999Z'))
    expect(await readRuns(host, 'loop', 0)).toEqual([])
    clock.moveTo(Date.parse('2026-11-30T18:00:00Z'))
    const data = await readRuns<Run>(host, 'loop', 1)
    expect(data).toHaveLength(1)
    expect(data[0]).toMatchObject({ source: 'timing' })
    expect(data[0]?.param).toMatchObject({ Type: 'Timer', TriggerName: 'nightly', Time: '2026-11-30T18:00:00.000Z' })
  })

  it('runs once per installation, however many hosts share the database file', async () => {
    const start = Date.parse('2026-01-01T00:00:30Z')
    const dataDir = temporaryDirectory()
    const projectDir = recorder(EVERY_MINUTE)
    const clocks = [new HandClock(start), new HandClock(start), new HandClock(start)]
    const hosts = []
    for (const clock of clocks) hosts.push(await openHost({ dataDir, projectDir, clock }))
    for (let minute = 1; minute <= 5; minute++) {
      for (const clock of clocks) clock.moveTo(start + minute * 60 * SECOND)
      expect(await readRuns(hosts[0]!, 'recorder', minute)).toHaveLength(minute)
      await hasEnded(hosts[0]!)
    }
    const data = await readRuns<{ time: string }>(hosts[0]!, 'recorder', 5)
    const times = data.map(({ time }) => time.slice(11, 16)).sort()
    expect(times).toEqual(['00:01', '00:02', '00:03', '00:04', '00:05'])
  })

  it('never overlaps itself: what is due meanwhile is left out', async () => {
    const start = Date.parse('2026-01-01T00:00:30Z')
    const clock = new HandClock(start)
    const host = await openHost({ projectDir: recorder(EVERY_MINUTE, UNTIL_RELEASED), clock })
    clock.moveTo(start + 60 * SECOND)
    await readRuns(host, 'recorder', 1)
    clock.moveTo(start + 120 * SECOND)
    const data = await readRuns(host, 'recorder', 1)
    expect(data).toMatchObject([{ overlapping: false }])
    expect(host.log.text).toContain('left out')
    await invoke(host, 'recorder', 'release')
  })

  it('that fails is logged, and the next run comes', async () => {
    const start = Date.parse('2026-01-01T00:02:30Z')
    const clock = new HandClock(start)
    const host = await openHost({ projectDir: recorder(EVERY_MINUTE), clock })
    clock.moveTo(start + 30 * SECOND)
    expect(await host.log.saying('cloud function failed')).toMatchObject({ function: 'recorder' })
    await hasEnded(host)
    clock.moveTo(start + 90 * SECOND)
    expect(await readRuns(host, 'recorder', 2)).toHaveLength(2)
  })

  it('is finished before the host closes', async () => {
    const start = Date.parse('2026-01-01T00:00:30Z')
    const clock = new HandClock(start)
    const dataDir = temporaryDirectory()
    const projectDir = recorder(EVERY_MINUTE, 'new Promise((resolve) => setTimeout(resolve, 100))')
    const host = await openHost({ dataDir, projectDir, clock })
    clock.moveTo(start + 30 * SECOND)
    await host.close()
    expect(host.log.text).not.toContain('failed')
    const again = await openHost({ dataDir, projectDir, clock })
    expect(await readRuns(again, 'recorder', 1)).toMatchObject([{ overlapping: false }])
    clock.moveTo(start + 90 * SECOND)
    expect(await readRuns(again, 'recorder', 2)).toHaveLength(2)
  })

  it('of six fields, without the year, runs every year', async () => {
    const start = Date.parse('2026-01-01T00:00:30Z')
    const clock = new HandClock(start)
    const host = await openHost({ projectDir: recorder('0 * * * * *'), clock })
    clock.moveTo(start + 30 * SECOND)
    expect(await readRuns(host, 'recorder', 1)).toHaveLength(1)
    expect(host.log.text).not.toContain('cannot be read')
  })

  it.each(['0 2 * * *', 'not a schedule at all, really no', '99 * * * * * *'])(
    'that cannot be read (%s) is named in the log, and the host serves',
    async (cron) => {
      const host = await openHost({ projectDir: recorder(cron) })
      const line = await host.log.saying('this timer cannot be read and never runs')
      expect(line).toMatchObject({ function: 'recorder', cron })
      expect((await fetch(`${host.url}/healthz`)).status).toBe(200)
    },
  )
})
