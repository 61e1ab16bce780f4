import type { RandomBytes } from '../kit/random'
import { codeActivate } from './lua/code-activate-1'
import { codeConsume } from './lua/code-consume-1'
import { codeFinishWork } from './lua/code-finish-work-1'
import { codeIssue } from './lua/code-issue-1'
import { codePeek } from './lua/code-peek-1'
import { hashId } from '../kit/values'
import { storeFailure } from './platform-database'
import type { RunScript } from './redis-script'
import { callNames } from './redis-script'
import type { CodeKind, CodeState, CodeStore, Consumed, Json, NewCode, Slot, StoredCode, Verdict } from './store'
import { MAX_CLOCK_SKEW_MS, PENDING, VOID } from './store'

/** Columns for people who query the database. Redis cannot be queried by them, and nothing reads them back. */
const ASKED_BY_PEOPLE = new Set(['device_uuid', 'code_id', 'ip'])
/** As long as the database keeps expired rows: a late refresh still finds its call's options. */
const KEEP_OPTIONS_MS = 3_600_000
/** An answer that comes a little late is told as overdue, for as long again as the code was valid. */
const TOLD_AS_OVERDUE = new Set<CodeKind>(['image', 'pow', 'site', 'token'])
/** A caller whose reply was lost asks again within a minute, whenever the token expired. */
const MIN_KEEP_TOKEN_MS = 60_000

/**
 * The code store on Redis: one hash a slot, one script an operation, removal by Redis. A captcha stays as long again
 * after its expiry, one with call options an hour, other kinds go at once. Fields: `s` state, `c` code, `f` the code
 * before it, `a` attempts (absent: none), `m` most attempts, `h` holder, `b` attempts of others, `i` when it was made,
 * `e` expiry, `t` name of the last call, `r` reservation, `w` who passed, `k` work that belongs to it, `d` name of the
 * call that has finished that work, `o` further columns.
 */
export function redisStore(run: RunScript, randomBytes: RandomBytes): CodeStore {
  const callName = callNames(randomBytes)

  function put(slot: Slot, code: NewCode, state: CodeState, reservation: string): Promise<void> {
    const columns = kept(code.columns)
    const validMs = Math.ceil(code.expiresAt - code.createdAt)
    const minLateMs = slot.kind === 'token' ? MIN_KEEP_TOKEN_MS : 0
    const lateMs = TOLD_AS_OVERDUE.has(slot.kind) ? Math.max(validMs, minLateMs) : 0
    const lifeMs = validMs + (columns?.['call_options'] ? KEEP_OPTIONS_MS : lateMs)
    const json = columns ? JSON.stringify(columns) : ''
    const row = [
      code.code,
      state,
      code.maxAttempts,
      code.expiresAt,
      lifeMs,
      reservation,
      json,
      code.holder ?? '',
      code.createdAt,
      code.work ?? '',
    ]
    return run(codeIssue, slotKey(slot), row)
  }

  async function reserve(slot: Slot, code: NewCode): Promise<string> {
    const reservation = callName()
    await put(slot, code, VOID, reservation)
    return reservation
  }

  async function activate(slot: Slot, reservation: string): Promise<boolean> {
    return (await run(codeActivate, slotKey(slot), [reservation, callName()])) === 1
  }

  async function peek(slot: Slot): Promise<StoredCode | undefined> {
    const row = await run<(string | null)[]>(codePeek, slotKey(slot), [])
    const [state, expiresAt, columns, claimant, work, finishedBy] = row
    if (!state) return undefined
    return {
      state: Number(state) as CodeState,
      expiresAt: Number(expiresAt),
      columns: columns ? (JSON.parse(columns) as Record<string, Json>) : {},
      claimant: claimant || undefined,
      finishedWork: (finishedBy && work) || undefined,
    }
  }

  async function consume(
    slot: Slot,
    answer: string,
    now: number,
    holder = '',
    claimant = '',
    needsWork = false,
  ): Promise<Consumed> {
    const reply = await run<[Verdict, string?]>(codeConsume, slotKey(slot), [
      answer,
      now,
      callName(),
      holder,
      now + MAX_CLOCK_SKEW_MS,
      claimant,
      needsWork ? 1 : 0,
    ])
    return { verdict: reply[0], createdAt: reply[1] ? Number(reply[1]) : undefined }
  }

  async function finishWork(slot: Slot, work: string, now: number): Promise<boolean> {
    return (await run(codeFinishWork, slotKey(slot), [work, now, callName()])) === 1
  }

  const fail = storeFailure('code')
  return {
    issue: (slot, code) => put(slot, code, PENDING, '').catch(fail),
    reserve: (slot, code) => reserve(slot, code).catch(fail),
    activate: (slot, reservation) => activate(slot, reservation).catch(fail),
    peek: (slot) => peek(slot).catch(fail),
    consume: (...asked) => consume(...asked).catch(fail),
    finishWork: (slot, work, now) => finishWork(slot, work, now).catch(fail),
    // Redis removes by itself what has expired.
    sweep: () => Promise.resolve(0),
  }
}

/** The hash is the key's tag: each slot is on one node of a cluster, and slots are spread over all of them. */
function slotKey({ kind, scene, subject }: Slot): string {
  return `uc:c:{${hashId(kind, scene, subject)}}`
}

/** What has to come back; nothing, most of the time. */
function kept(columns: Record<string, Json>): Record<string, Json> | undefined {
  let found: Record<string, Json> | undefined
  for (const name of Object.keys(columns)) {
    const value = columns[name] as Json
    if (!ASKED_BY_PEOPLE.has(name) && !isEmpty(value)) (found ??= {})[name] = value
  }
  return found
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
