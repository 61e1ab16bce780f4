import type { RandomBytes } from '../kit/random'
import type { CloudDatabase } from './platform-database'
import { hashId } from '../kit/values'
import { isDuplicateKey, storeFailure, sweepBatch } from './platform-database'
import type { CodeState, CodeStore, Consumed, Json, NewCode, Slot, StoredCode, Verdict } from './store'
import { MAX_CLOCK_SKEW_MS, PENDING, USED, VOID } from './store'

export type { CloudDatabase } from './platform-database'

/** A row of `opendb-verify-codes` as this store writes it; other columns follow the schema. */
interface CodeRow {
  _id: string
  issue_id: string
  code: string
  state: CodeState
  attempts: number
  max_attempts: number
  /** the code before this one of the slot */
  former_code?: string
  /** for whom the code was made; others pay in `other_attempts` */
  holder?: string
  other_attempts?: number
  /** what the caller that passed said of itself */
  claimant?: string
  /** the work that belongs to the code */
  work?: string
  is_worked?: boolean
  created_date: number
  expired_date: number
  [column: string]: Json | undefined
}

const COLLECTION = 'opendb-verify-codes'
const MAX_REMEMBERED = 10_000

/** The code store on `uniCloud.database()`: DCloud's cloud or the host's embedded database. One row a slot. */
export function databaseStore(database: CloudDatabase, randomBytes: RandomBytes): CodeStore {
  const codes = database.collection(COLLECTION)
  const dbCmd = database.command

  async function read(id: string): Promise<CodeRow | undefined> {
    const { data } = await codes.where({ _id: id }).limit(1).get()
    return data[0] as CodeRow | undefined
  }

  /** What this process issued last, by slot: `set` tells nothing of what it replaces, and a read would be a call more. */
  const issued = new Map<string, string>()

  function findFormer(id: string, { kind }: Slot, code: string, former: StoredCode | undefined): string | undefined {
    if (kind !== 'image' && kind !== 'sms') return undefined
    const found = former?.columns['code'] ?? issued.get(id)
    if (issued.size >= MAX_REMEMBERED) issued.clear()
    issued.set(id, code)
    return typeof found === 'string' ? found : undefined
  }

  /** Answers the new row's `issue_id`. */
  async function put(slot: Slot, code: NewCode, state: CodeState, former?: StoredCode): Promise<string> {
    const id = slotId(slot)
    const formerCode = findFormer(id, slot, code.code, former)
    const issueId = Buffer.from(randomBytes(16)).toString('hex')
    const row: Omit<CodeRow, '_id'> = {
      ...code.columns,
      kind: slot.kind,
      scene: slot.scene,
      issue_id: issueId,
      code: code.code,
      state,
      attempts: 0,
      max_attempts: code.maxAttempts,
      created_date: code.createdAt,
      expired_date: code.expiresAt,
      ...(formerCode === undefined ? undefined : { former_code: formerCode }),
      ...(code.holder === undefined ? undefined : { holder: code.holder, other_attempts: 0 }),
      ...(code.work === undefined ? undefined : { work: code.work, is_worked: false }),
    }
    const place = codes.doc(id)
    // Two first writers of a slot can meet in a platform's upsert; the second try finds the row and replaces it.
    const reply = await place.set(row).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error
      return place.set(row)
    })
    if (reply.updated === 0 && !reply.upsertedId) throw new Error('doc().set() neither replaced nor created the row')
    return issueId
  }

  /** A reserved row is void, and unlike any other void row it has been asked for nothing yet. */
  async function activate(slot: Slot, reservation: string): Promise<boolean> {
    const reserved = { _id: slotId(slot), issue_id: reservation, state: VOID, attempts: 0 }
    const activated = await codes.where(reserved).update({ state: PENDING })
    return activated.updated === 1
  }

  async function consume(
    slot: Slot,
    answer: string,
    now: number,
    holder?: string,
    claimant = '',
    needsWork = false,
  ): Promise<Consumed> {
    const row = await read(slotId(slot))
    return { verdict: await compare(row, answer, now, holder, claimant, needsWork), createdAt: row?.created_date }
  }

  async function compare(
    row: CodeRow | undefined,
    answer: string,
    now: number,
    holder: string | undefined,
    claimant: string,
    needsWork: boolean,
  ): Promise<Verdict> {
    // Rows that DCloud's plugin has written have no issue_id: they are of before the change of plugins.
    if (row && !row.issue_id) return 'overdue'
    const column = row?.holder === undefined || row.holder === holder ? 'attempts' : 'other_attempts'
    const refused = refusal(row, row?.issue_id, now, column)
    if (!row || refused) return orReplaced(refused ?? 'missing', row, answer)
    // Of this issue_id: work is never taken back, and another code of the slot has another.
    const lack = findLackOfWork(row, needsWork)
    if (lack) return lack
    const mine = { _id: row._id, issue_id: row.issue_id }

    const pay = { ...mine, state: PENDING, [column]: dbCmd.lt(row.max_attempts), expired_date: dbCmd.gt(now) }
    const paid = await codes.where(pay).update({ [column]: dbCmd.inc(1) })
    if (paid.updated !== 1) {
      return orReplaced(refusal(await read(row._id), row.issue_id, now, column) ?? 'spent', row, answer)
    }

    // A paid answer may still win when another caller's last wrong attempt has just set VOID: at most max_attempts pay.
    const claim = { ...mine, state: dbCmd.in([PENDING, VOID]), code: answer }
    const won = await codes.where(claim).update(claimant === '' ? { state: USED } : { state: USED, claimant })
    if (won.updated === 1) return 'ok'
    // Right, and another caller was faster: it has used the code, or replaced it.
    if (row.code === answer) return refusal(await read(row._id), row.issue_id, now, column) ?? 'used'

    const all = dbCmd.gte(row.max_attempts)
    const spent = {
      ...mine,
      state: PENDING,
      attempts: all,
      ...(row.holder === undefined ? {} : { other_attempts: all }),
    }
    await codes.where(spent).update({ state: VOID })
    return orReplaced('wrong', row, answer)
  }

  async function finishWork(slot: Slot, work: string, now: number): Promise<boolean> {
    const due = { _id: slotId(slot), work, is_worked: false, state: PENDING, expired_date: dbCmd.gt(now) }
    const finished = await codes.where(due).update({ is_worked: true })
    return finished.updated === 1
  }

  const fail = storeFailure('code')
  return {
    issue: (slot, code, former) => put(slot, code, PENDING, former).then(() => undefined, fail),
    reserve: (slot, code) => put(slot, code, VOID).catch(fail),
    activate: (slot, reservation) => activate(slot, reservation).catch(fail),
    peek: (slot) => read(slotId(slot)).then(toStoredCode).catch(fail),
    consume: (...asked) => consume(...asked).catch(fail),
    finishWork: (slot, work, now) => finishWork(slot, work, now).catch(fail),
    // Rows of other plugins share the collection; all that happens to them is this, an hour after their expiry.
    sweep: (before) => sweepBatch(codes, dbCmd, before).catch(fail),
  }
}

function slotId({ kind, scene, subject }: Slot): string {
  return hashId(kind, scene, subject)
}

type AttemptsColumn = 'attempts' | 'other_attempts'

function refusal(
  row: CodeRow | undefined,
  issueId: string | undefined,
  now: number,
  column: AttemptsColumn,
): Verdict | undefined {
  if (!row) return 'missing'
  if (row.expired_date <= now || row.created_date > now + MAX_CLOCK_SKEW_MS) return 'overdue'
  if (row.issue_id !== issueId) return 'voided'
  if (row.state === USED) return 'used'
  if ((row[column] ?? 0) >= row.max_attempts) return 'spent'
  return row.state === PENDING ? undefined : 'voided'
}

function findLackOfWork({ work, is_worked: isWorked }: CodeRow, needsWork: boolean): Verdict | undefined {
  if (work === undefined) return needsWork ? 'unworked' : undefined
  return isWorked ? undefined : 'unfinished'
}

/** A right answer to the code before this one is told as that; nothing is let through by it. */
function orReplaced(verdict: Verdict, row: CodeRow | undefined, answer: string): Verdict {
  const isFormer = row?.former_code === answer && row.code !== answer
  return isFormer && verdict !== 'overdue' ? 'replaced' : verdict
}

function toStoredCode(row: CodeRow | undefined): StoredCode | undefined {
  if (!row) return undefined
  const { state, expired_date: expiresAt, claimant, work, is_worked: isWorked } = row
  const finishedWork = isWorked ? work : undefined
  return { state, expiresAt, columns: row as Record<string, Json>, claimant, finishedWork }
}
