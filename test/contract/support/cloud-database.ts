import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openDatabase } from '../../../host/database'
import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { removeFolder } from '../../support/folder'

/** The host's embedded database on a file of its own. */
export function openTemporaryDatabase(): {
  database: CloudDatabase
  file: string
  /** a condition that every row meets, whatever its columns */
  everything: object
  close(): void
} {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-store-'))
  const file = join(folder, 'unicloud.db')
  const opened = openDatabase({ file })
  return {
    database: opened.api as unknown as CloudDatabase,
    file,
    everything: { _id: opened.api.command.exists(true) },
    close() {
      opened.close()
      removeFolder(folder)
    },
  }
}

const STATEMENTS = new Set(['get', 'update', 'updateAndReturn', 'remove', 'set', 'add'])

/**
 * The same database with `around` called for each statement: delays, failures and other callers' statements
 * go in here. Everything that builds a query is passed through.
 */
export function intercept(
  database: CloudDatabase,
  around: <T>(statement: string, run: () => Promise<T>) => Promise<T>,
): CloudDatabase {
  const wrap = (target: object): object =>
    new Proxy(target, {
      get(on, property, receiver) {
        const value: unknown = Reflect.get(on, property, receiver)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          const call = () => Reflect.apply(value, on, args) as Promise<unknown>
          return STATEMENTS.has(String(property)) ? around(String(property), call) : wrap(call())
        }
      },
    })
  return { command: database.command, collection: (name) => wrap(database.collection(name)) as never }
}

/** Each statement waits for a random number of macrotasks, before and after; the sequence repeats with the seed. */
export function delayed(database: CloudDatabase, seed: number): CloudDatabase {
  let state = seed
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 29
  const pause = async () => {
    for (let turns = next(); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
  }
  return intercept(database, async (_, run) => {
    await pause()
    const reply = await run()
    await pause()
    return reply
  })
}
