import { createHash } from 'node:crypto'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { databaseStore } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import type {
  CodeStore,
  Consumed,
  Slot,
  Verdict,
} from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'
import { cryptoBytes } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/random'

// Stores with the faults that the contract is there to find: each has to turn it red.

interface Row {
  _id: string
  code: string
  state: number
  attempts: number
  max_attempts: number
  expired_date: number
}

const toId = (slot: Slot) =>
  createHash('sha256')
    .update(JSON.stringify([slot.kind, slot.scene, slot.subject]))
    .digest('base64url')

const readCodes = (database: CloudDatabase) => database.collection('opendb-verify-codes')

async function read(database: CloudDatabase, query: object): Promise<Row | undefined> {
  return (await readCodes(database).where(query).limit(1).get()).data[0] as Row | undefined
}

/** Reads, compares in the process, writes what it decided. */
export function consumesByReadThenWrite(database: CloudDatabase): CodeStore {
  async function compare(slot: Slot, answer: string, now: number): Promise<Verdict> {
    const row = await read(database, { _id: toId(slot) })
    if (!row || row.expired_date <= now) return 'overdue'
    if (row.state === 1) return 'used'
    if (row.attempts >= row.max_attempts) return 'spent'
    if (row.state === 2) return 'voided'
    const attempts = row.attempts + 1
    const right = row.code === answer
    const state = right ? 1 : attempts >= row.max_attempts ? 2 : 0
    await readCodes(database).where({ _id: row._id }).update({ attempts, state })
    return right ? 'ok' : 'wrong'
  }
  return {
    ...databaseStore(database, cryptoBytes),
    consume: async (slot, answer, now) => ({ verdict: await compare(slot, answer, now) }),
  }
}

/** Voids the pending rows of the slot, then inserts another one. */
export function issuesByVoidThenInsert(database: CloudDatabase): CodeStore {
  const sound = databaseStore(database, cryptoBytes)
  const withdraw = (slot: Slot) =>
    readCodes(database)
      .where({ _id: toId(slot), state: 0 })
      .update({ state: 2 })
  let inserted = 0
  const versions = new Map<string, number[]>()
  const toKey = (slot: Slot) => JSON.stringify(slot)
  const toVersion = (slot: Slot, version: number): Slot => ({ ...slot, scene: `${slot.scene}#${version}` })
  const all = (slot: Slot) => (versions.get(toKey(slot)) ?? []).map((version) => toVersion(slot, version))
  return {
    ...sound,
    async issue(slot, code) {
      for (const before of all(slot)) await withdraw(before)
      const version = ++inserted
      await sound.issue(toVersion(slot, version), code)
      versions.set(toKey(slot), [...(versions.get(toKey(slot)) ?? []), version])
    },
    async peek(slot) {
      for (const row of all(slot).reverse()) {
        const found = await sound.peek(row)
        if (found?.state === 0) return found
      }
      return sound.peek(all(slot).at(-1) ?? slot)
    },
    async consume(slot, answer, now) {
      let consumed: Consumed = { verdict: 'overdue' }
      for (const row of all(slot)) {
        consumed = await sound.consume(row, answer, now)
        if (consumed.verdict === 'ok') break
      }
      return consumed
    },
  }
}

/** Compares answers whether the work is done or not. */
export function ignoresWork(database: CloudDatabase): CodeStore {
  const sound = databaseStore(database, cryptoBytes)
  return {
    ...sound,
    async consume(slot, ...asked) {
      await readCodes(database)
        .where({ _id: toId(slot), is_worked: false })
        .update({ is_worked: true })
      return sound.consume(slot, ...asked)
    },
  }
}

/** A code begins with the work of the one before it. */
export function carriesWorkOver(database: CloudDatabase): CodeStore {
  const sound = databaseStore(database, cryptoBytes)
  return {
    ...sound,
    async issue(slot, code, former) {
      const worked = await read(database, { _id: toId(slot), is_worked: true })
      await sound.issue(slot, code, former)
      if (worked && code.work !== undefined) await sound.finishWork(slot, code.work, code.createdAt)
    },
  }
}

/** Takes the same work again and again. */
export function takesWorkTwice(database: CloudDatabase): CodeStore {
  const sound = databaseStore(database, cryptoBytes)
  return {
    ...sound,
    async finishWork(slot, work, now) {
      const isTaken = await sound.finishWork(slot, work, now)
      return isTaken || (await sound.peek(slot))?.finishedWork === work
    },
  }
}

/** Claims first and counts the attempt only when that failed. */
export function countsAfterComparing(database: CloudDatabase): CodeStore {
  const dbCmd = database.command
  async function compare(slot: Slot, answer: string, now: number): Promise<Verdict> {
    const row = await read(database, { _id: toId(slot) })
    if (!row || row.expired_date <= now) return 'overdue'
    if (row.state === 1) return 'used'
    if (row.attempts >= row.max_attempts) return 'spent'
    if (row.state === 2) return 'voided'
    const won = await readCodes(database).where({ _id: row._id, state: 0, code: answer }).update({ state: 1 })
    if (won.updated === 1) return 'ok'
    await readCodes(database)
      .where({ _id: row._id })
      .update({ attempts: dbCmd.inc(1) })
    await readCodes(database)
      .where({ _id: row._id, state: 0, attempts: dbCmd.gte(row.max_attempts) })
      .update({ state: 2 })
    return 'wrong'
  }
  return {
    ...databaseStore(database, cryptoBytes),
    consume: async (slot, answer, now) => ({ verdict: await compare(slot, answer, now) }),
  }
}
