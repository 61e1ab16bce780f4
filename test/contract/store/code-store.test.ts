import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type { CodeStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import {
  carriesWorkOver,
  consumesByReadThenWrite,
  countsAfterComparing,
  ignoresWork,
  issuesByVoidThenInsert,
  takesWorkTwice,
} from '../support/broken-stores'
import { postgresUrl } from '../../fixtures/database/open'
import { delayed, openTemporaryDatabase } from '../support/cloud-database'
import { CODE_STORE_RULES, getVerdict } from '../support/code-store-contract'
import { fourProcesses } from '../support/processes'

let closing: (() => unknown)[] = []
const closeAll = async () => {
  for (const close of closing.splice(0).reverse()) await close()
}
afterEach(closeAll)

function temporary(): ReturnType<typeof openTemporaryDatabase> {
  const opened = openTemporaryDatabase()
  closing.push(() => opened.close())
  return opened
}

const DRIVERS: [string, () => CodeStore | Promise<CodeStore>][] = [
  ['the embedded database behind a slow network', () => databaseStore(delayed(temporary().database, 7), cryptoBytes)],
  ['four processes on one file', () => fourProcessStore(temporary().file)],
  ['four processes on PostgreSQL', async () => fourProcessStore(await postgresUrl())],
]

describe.each(DRIVERS)('the code store on %s', (_, open) => {
  // Every rule has slots of its own.
  let store: CodeStore
  let closingStore: (() => unknown)[]
  beforeAll(async () => {
    store = await open()
    closingStore = closing.splice(0)
  })
  afterAll(() => {
    closing = closingStore
    return closeAll()
  })
  it.each(CODE_STORE_RULES)('$name', ({ run }) => run(store))
})

describe('the contract turns red', () => {
  const broken: [string, (database: CloudDatabase) => CodeStore, rule: string][] = [
    [
      'reads, compares, then writes',
      consumesByReadThenWrite,
      'of a hundred concurrent right answers exactly one passes',
    ],
    ['voids, then inserts', issuesByVoidThenInsert, 'of a hundred codes issued at once exactly one verifies'],
    [
      'counts an attempt only after comparing',
      countsAfterComparing,
      'a hundred guesses at once are worth no more than the attempts there are',
    ],
  ]
  it.each(broken)('for a store that %s', async (_, make, expected) => {
    const rule = CODE_STORE_RULES.find(({ name }) => name === expected)
    await expect(rule!.run(make(delayed(temporary().database, 7)))).rejects.toThrow()
  })

  const unworked: [string, (database: CloudDatabase) => CodeStore, string][] = [
    ['looks at no work', ignoresWork, 'before the work that belongs to a code is done no answer is compared'],
    ['carries work over', carriesWorkOver, 'a code takes over no work of the code before it'],
    ['takes work twice', takesWorkTwice, 'work is taken once'],
  ]
  it.each(unworked)('for a store that %s, by the rule that forbids it', async (_, make, forbidden) => {
    const rule = CODE_STORE_RULES.find(({ name }) => name.startsWith(forbidden))
    await rule!.run(databaseStore(temporary().database, cryptoBytes))
    await expect(rule!.run(make(temporary().database))).rejects.toThrow()
  })
})

describe('a code on the database', () => {
  const SLOT = { kind: 'image', scene: 'login', subject: 'device:1' } as const
  const NOW = 1_800_000_000_000
  const code = (createdAt: number) => ({
    code: 'ac25',
    maxAttempts: 5,
    createdAt,
    expiresAt: createdAt + 180_000,
    columns: {},
  })

  it('that another plugin wrote, without an issue_id, is overdue whatever is answered, and is left as it is', async () => {
    const { database, everything } = temporary()
    const store = databaseStore(database, cryptoBytes)
    await store.issue(SLOT, code(NOW))
    const rows = database.collection('opendb-verify-codes')
    await rows.where(everything).update({ issue_id: (database.command as unknown as { remove(): unknown }).remove() })
    const before = (await rows.where(everything).get()).data
    expect(await getVerdict(store, SLOT, 'ac25', NOW)).toBe('overdue')
    expect(await getVerdict(store, SLOT, 'wrong', NOW)).toBe('overdue')
    expect((await rows.where(everything).get()).data).toEqual(before)
    await store.issue(SLOT, code(NOW))
    expect(await getVerdict(store, SLOT, 'ac25', NOW)).toBe('ok')
  })
})

/** The store's calls, dealt round to four processes that share a database. */
async function fourProcessStore(place: string): Promise<CodeStore> {
  const processes = await fourProcesses('store-process.ts', place)
  closing.push(() => processes.stop())
  const call =
    (method: keyof CodeStore) =>
    (...args: unknown[]) =>
      processes.call(method, args)
  return {
    issue: call('issue') as CodeStore['issue'],
    reserve: call('reserve') as CodeStore['reserve'],
    activate: call('activate') as CodeStore['activate'],
    peek: call('peek') as CodeStore['peek'],
    consume: call('consume') as CodeStore['consume'],
    finishWork: call('finishWork') as CodeStore['finishWork'],
    sweep: call('sweep') as CodeStore['sweep'],
  }
}
