import { afterEach, describe, expect, it, vi } from 'vitest'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStatistics } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database-statistics'
import type { StatisticsStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { postgresUrl } from '../../fixtures/database/open'
import { delayed, intercept, openTemporaryDatabase } from '../support/cloud-database'
import { fourProcesses } from '../support/processes'
import { FIRST_HOUR, STATISTICS_RULES } from '../support/statistics-contract'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function temporary(): ReturnType<typeof openTemporaryDatabase> {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened
}

const DRIVERS: [string, () => StatisticsStore | Promise<StatisticsStore>][] = [
  ['the embedded database behind a slow network', () => databaseStatistics(delayed(temporary().database, 7))],
  ['four processes on one file', () => fourProcessStatistics(temporary().file)],
  ['four processes on PostgreSQL', async () => fourProcessStatistics(await postgresUrl())],
]

describe.each(DRIVERS)('statistics on %s', (_, open) => {
  it.each(STATISTICS_RULES)('$name', async ({ run }) => run(await open()))
})

describe('the contract turns red', () => {
  const broken: [string, (database: CloudDatabase) => StatisticsStore, rule: string][] = [
    ['reads, adds, then writes', readsThenWrites, 'four hundred increments at once add up, none lost and none twice'],
    [
      'keeps scenes as fields of one row',
      keepsScenesAsFields,
      'scenes are told apart and come back as they were, whatever their names',
    ],
    ['reads one page', readsOnePage, 'more than a thousand scenes of an hour are all read'],
  ]
  it.each(broken)('for statistics that %s', async (_, make, expected) => {
    const red: string[] = []
    for (const rule of STATISTICS_RULES) {
      await rule.run(make(delayed(temporary().database, 7))).catch(() => red.push(rule.name))
    }
    expect(red).toContain(expected)
  })
})

describe('statistics on a database', () => {
  it('take one command for an hour that has begun', async () => {
    const statements: string[] = []
    const counting = intercept(temporary().database, (statement, run) => {
      statements.push(statement)
      return run()
    })
    const store = databaseStatistics(counting)
    const more = [{ scene: 'login', hour: FIRST_HOUR, counts: { created: 1, passed: 1, solved_4: 1 } }]
    await store.add(more)
    statements.length = 0
    await store.add(more)
    expect(statements).toEqual(['update'])
  })

  it('log no more of a failure than its class and code', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const store = databaseStatistics(intercept(temporary().database, () => Promise.reject(new Error('secret row'))))
    for (const run of [
      () => store.add([{ scene: 'login', hour: FIRST_HOUR, counts: { created: 1 } }]),
      () => store.read(0, 1),
      () => store.sweep(0),
    ]) {
      await expect(run()).rejects.toThrow('uni-captcha-store-unavailable')
    }
    expect(JSON.stringify(log.mock.calls)).not.toContain('secret')
    log.mockRestore()
  })
})

/** The calls dealt round to four processes that share a database. */
async function fourProcessStatistics(place: string): Promise<StatisticsStore> {
  const processes = await fourProcesses('statistics-process.ts', place)
  closing.push(() => processes.stop())
  const call =
    (method: keyof StatisticsStore) =>
    (...args: unknown[]) =>
      processes.call(method, args)
  return {
    add: call('add') as StatisticsStore['add'],
    read: call('read') as StatisticsStore['read'],
    sweep: call('sweep') as StatisticsStore['sweep'],
  }
}

// Statistics with the faults that the contract is there to find: each has to turn it red.

/** Of two processes that read the same count one is forgotten. */
function readsThenWrites(database: CloudDatabase): StatisticsStore {
  const rows = database.collection('uni-captcha-statistics')
  return {
    ...databaseStatistics(database),
    async add(increments) {
      for (const { scene, hour, counts } of increments) {
        const id = JSON.stringify([scene, hour])
        const { data } = await rows.where({ _id: id }).limit(1).get()
        const row = data[0] as { counts: Record<string, number> } | undefined
        const sums = { ...row?.counts }
        for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count
        await rows.doc(id).set({ scene, hour, counts: sums })
      }
    },
  }
}

/** A scene named `a.b` is a field of `a`. */
function keepsScenesAsFields(database: CloudDatabase): StatisticsStore {
  const rows = database.collection('uni-captcha-statistics')
  const dbCmd = database.command
  return {
    ...databaseStatistics(database),
    async add(increments) {
      for (const { scene, hour, counts } of increments) {
        const row = { _id: String(hour), hour }
        await rows.add(row).catch(() => {})
        for (const [name, count] of Object.entries(counts)) {
          await rows.where({ _id: row._id }).update({ [`${scene}.${name}`]: dbCmd.inc(count) })
        }
      }
    },
    async read(from, to) {
      const { data } = await rows
        .where({ hour: dbCmd.and(dbCmd.gte(from), dbCmd.lt(to)) })
        .limit(1000)
        .get()
      return (data as Record<string, unknown>[]).flatMap(({ _id, hour, ...scenes }) =>
        Object.entries(scenes).map(([scene, counts]) => ({ scene, hour: hour as number, counts: counts as never })),
      )
    },
  }
}

/** The platform answers no more than a thousand rows to one query. */
function readsOnePage(database: CloudDatabase): StatisticsStore {
  const rows = database.collection('uni-captcha-statistics')
  const dbCmd = database.command
  return {
    ...databaseStatistics(database),
    async read(from, to) {
      const { data } = await rows
        .where({ hour: dbCmd.and(dbCmd.gte(from), dbCmd.lt(to)) })
        .limit(1000)
        .get()
      return (data as { scene: string; hour: number; counts: Record<string, number> }[]).map(
        ({ scene, hour, counts }) => ({ scene, hour, counts }),
      )
    },
  }
}
