/**
 * Transactions of `uniCloud.database()`: what is read is remembered, what is written is kept back, and `commit()` gives
 * both to the driver, which writes only if everything read is as it was. No connection or lock is held before that.
 */
import { nameUnknownMembersOf } from '../shared/unknown-members'
import type { Rewritten } from './apply'
import { rewrite } from './apply'
import type { Step } from './change'
import type {
  DocumentReference,
  Environment,
  RemoveReply,
  SetReply,
  UpdateAndReturnReply,
  UpdateReply,
} from './collection'
import { Collection } from './collection'
import type { DocumentDriver, DocumentState, DocumentTable, NewDocument } from './driver'
import { toStateKey } from './driver'
import { DatabaseError, duplicateKey, invalid, unsupported } from './errors'
import type { Condition } from './filter'
import { requiredId } from './filter'
import { checkCollectionName } from './names'
import type { Document } from './values'
import { parseDocument } from './values'

/** PostgreSQL takes a lock for each at commit: those of ten connections have to fit into its default of 6,400. */
const MAX_TRANSACTION_DOCUMENTS = 500
/** All are carried out at once. A document that is written again keeps the write before, unless it was the last of all. */
const MAX_TRANSACTION_WRITES = 2000
/** Of all text that was read and written. */
const MAX_TRANSACTION_CHARACTERS = 64 * 1024 * 1024
/** As on uniCloud. */
const MAX_TRANSACTION_MS = 10_000
const MAX_RUNS = 100

export interface TransactionOptions {
  readonly driver: DocumentDriver
  readonly now: () => number
  readonly randomId: () => string
  readonly onWrite: ((collection: string) => void) | undefined
}

/** What the callback of `runTransaction()` gets; `commit()` is called when it has returned. */
type TransactionOfCallback = Pick<Transaction, 'collection' | 'rollback'>

/** `db.runTransaction()`: answers what the callback answers, and rejects with what it throws or gives to rollback(). */
export async function runTransaction<T>(
  options: TransactionOptions,
  callback: (transaction: TransactionOfCallback) => Promise<T> | T,
  times = 3,
): Promise<T> {
  if (typeof callback !== 'function') throw invalid('runTransaction() takes a function')
  if (!Number.isInteger(times) || times < 1 || times > MAX_RUNS) {
    throw invalid(`runTransaction() runs its function 1 to ${MAX_RUNS} times`)
  }
  for (let run = 1; ; run++) {
    const state = new TransactionState(options)
    let value: T
    try {
      value = await callback(new CallbackTransaction(state))
    } catch (error) {
      if (state.end === 'open') state.rollback(undefined)
      else throw state.rollbackValue
      throw error
    }
    if (state.end === 'rolled back') throw state.rollbackValue
    if (await state.commit()) return value
    if (run === times) throw conflict()
  }
}

function conflict(): DatabaseError {
  // CloudBase's name, which retry code looks for.
  const message =
    'DATABASE_TRANSACTION_CONFLICT: another write changed a document of this transaction; nothing was written'
  return new DatabaseError('database-conflict', message)
}

interface Entry extends Omit<DocumentState, 'text'> {
  /** The stored text when it was first asked for. */
  readonly before: Promise<string | undefined>
}

class TransactionState {
  end: 'open' | 'committed' | 'rolled back' = 'open'
  rollbackValue: unknown
  readonly #entries = new Map<string, Entry>()
  /** In their order: a document that is written twice may have made way for another in between. */
  readonly #writes: DocumentState[] = []
  /** The last write of each document. */
  readonly #current = new Map<string, DocumentState>()
  readonly #startedMs: number
  #characters = 0
  #lastRead: Promise<unknown> = Promise.resolve()

  constructor(readonly options: TransactionOptions) {
    this.#startedMs = options.now()
  }

  /** Gives `act` the document as this transaction has it; what it writes at once nothing else comes between. */
  async use<T>(collection: string, id: string, act: (text: string | undefined) => T): Promise<T> {
    this.#checkOpen()
    const key = toStateKey({ collection, id })
    let entry = this.#entries.get(key)
    if (!entry) {
      if (this.#entries.size === MAX_TRANSACTION_DOCUMENTS) {
        throw invalid(`a transaction reads and writes ${MAX_TRANSACTION_DOCUMENTS} documents at most`)
      }
      entry = { collection, id, before: this.#read(collection, id) }
      this.#entries.set(key, entry)
    }
    const before = await entry.before
    this.#checkOpen()
    const write = this.#current.get(key)
    return act(write ? write.text : before)
  }

  /** Reads take turns: of many at once none would know how much the others hold. One that fails may be tried again. */
  #read(collection: string, id: string): Promise<string | undefined> {
    const read = async () => {
      try {
        if (this.end === 'rolled back') throw ended('has been rolled back')
        const text = await this.options.driver.read(collection, id)
        this.#count(text)
        return text
      } catch (error) {
        this.#entries.delete(toStateKey({ collection, id }))
        throw error
      }
    }
    const before = this.#lastRead.then(read)
    this.#lastRead = before.catch(() => {})
    return before
  }

  /** Called within use(), so that two changes at once do not undo each other. */
  write(collection: string, id: string, text: string | undefined): void {
    const write = { collection, id, text }
    const key = toStateKey(write)
    const last = this.#writes.at(-1)
    const isAgain = last !== undefined && last === this.#current.get(key)
    if (!isAgain && this.#writes.length === MAX_TRANSACTION_WRITES) {
      throw invalid(`a transaction writes ${MAX_TRANSACTION_WRITES} times at most`)
    }
    this.#count(text)
    if (isAgain) this.#writes.pop()
    this.#writes.push(write)
    this.#current.set(key, write)
  }

  /** Removals that last come first: what they held of a unique index is free then. */
  #inOrder(): DocumentState[] {
    const removals = [...this.#current.values()].filter(({ text }) => text === undefined)
    const gone = new Set(removals.map(toStateKey))
    return [...removals, ...this.#writes.filter((write) => !gone.has(toStateKey(write)))]
  }

  /** False: a document is no longer as it was read, and nothing has been written. */
  async commit(): Promise<boolean> {
    this.#checkOpen()
    this.end = 'committed'
    try {
      const checks = await Promise.all(
        [...this.#entries.values()].map(async ({ collection, id, before }) => ({ collection, id, text: await before })),
      )
      const writes = this.#inOrder()
      for (const name of new Set(writes.map(({ collection }) => collection))) this.options.onWrite?.(name)
      const isCommitted = await this.options.driver.commit(checks, writes)
      if (!isCommitted) this.end = 'rolled back'
      return isCommitted
    } catch (error) {
      this.end = 'rolled back'
      throw error
    }
  }

  /** Once more, or after a commit that failed, it does nothing: code calls it in its `catch`. */
  rollback(value: unknown): void {
    if (this.end === 'committed') throw ended('has been committed')
    if (this.end === 'open') this.rollbackValue = value
    this.end = 'rolled back'
    this.#entries.clear()
    this.#current.clear()
    this.#writes.length = 0
  }

  #checkOpen(): void {
    if (this.end !== 'open') throw ended(`has been ${this.end}`)
    if (this.options.now() - this.#startedMs > MAX_TRANSACTION_MS) {
      throw ended(`is older than ${MAX_TRANSACTION_MS / 1000} seconds`)
    }
  }

  #count(text = ''): void {
    if (this.#characters + text.length > MAX_TRANSACTION_CHARACTERS) {
      throw invalid(`a transaction reads and writes ${MAX_TRANSACTION_CHARACTERS} characters at most`)
    }
    this.#characters += text.length
  }
}

function ended(how: string): DatabaseError {
  return new DatabaseError('database-transaction-ended', `the transaction ${how}`)
}

/** One collection as the transaction has it, for statements that name their document by `_id`. */
class TransactionTable implements DocumentTable {
  constructor(
    readonly name: string,
    private readonly state: TransactionState,
  ) {}

  async find(condition: Condition): Promise<Document[]> {
    return this.state.use(this.name, toId(condition), (text) => (text === undefined ? [] : [parseDocument(text)]))
  }

  async insert(documents: readonly NewDocument[]): Promise<void> {
    for (const { id, text } of documents) {
      await this.state.use(this.name, id, (before) => {
        if (before !== undefined) throw duplicateKey(this.name, '_id_')
        this.state.write(this.name, id, text)
      })
    }
  }

  async put(id: string, text: string): Promise<'replaced' | 'created'> {
    return this.state.use(this.name, id, (before) => {
      this.state.write(this.name, id, text)
      return before === undefined ? 'created' : 'replaced'
    })
  }

  async update(condition: Condition, steps: readonly Step[]): Promise<number> {
    return (await this.#change(condition, steps))?.isChanged ? 1 : 0
  }

  async updateOne(condition: Condition, _orders: unknown, steps: readonly Step[]): Promise<Document | undefined> {
    const changed = await this.#change(condition, steps)
    return changed && parseDocument(changed.text)
  }

  async remove(condition: Condition): Promise<number> {
    const id = toId(condition)
    return this.state.use(this.name, id, (before) => {
      if (before === undefined) return 0
      this.state.write(this.name, id, undefined)
      return 1
    })
  }

  count(): never {
    throw inTransaction('count')
  }

  scan(): never {
    throw inTransaction('aggregate')
  }

  create(): never {
    throw inTransaction('create')
  }

  async #change(condition: Condition, steps: readonly Step[]): Promise<Rewritten | undefined> {
    const id = toId(condition)
    return this.state.use(this.name, id, (before) => {
      if (before === undefined) return undefined
      const rewritten = rewrite(before, steps)
      if (rewritten.isChanged) this.state.write(this.name, id, rewritten.text)
      return rewritten
    })
  }
}

function toId(condition: Condition): string {
  const id = requiredId(condition)
  if (id === undefined) throw inTransaction('where')
  return id
}

class TransactionDocument {
  constructor(private readonly document: DocumentReference) {}

  /** `data` is the document or null, not an array. */
  async get(): Promise<{ data: Document | null }> {
    const { data } = await this.document.get()
    return { data: data[0] ?? null }
  }

  set(document: object): Promise<SetReply> {
    return this.document.set(document)
  }

  update(change: unknown): Promise<UpdateReply> {
    return this.document.update(change)
  }

  updateAndReturn(change: unknown): Promise<UpdateAndReturnReply> {
    return this.document.updateAndReturn(change)
  }

  remove(): Promise<RemoveReply> {
    return this.document.remove()
  }
}

class TransactionCollection {
  constructor(private readonly collection: Collection) {}

  doc(id: string): TransactionDocument {
    return new TransactionDocument(this.collection.doc(id))
  }

  async add(document: object): Promise<{ id: string; inserted: number }> {
    if (Array.isArray(document)) throw invalid('add() of a transaction takes one document')
    return { ...(await this.collection.add(document)), inserted: 1 }
  }
}

class CallbackTransaction {
  constructor(protected readonly state: TransactionState) {}

  collection(name: string): TransactionCollection {
    const { now, randomId } = this.state.options
    const tables = (each: string): DocumentTable => new TransactionTable(checkCollectionName(each), this.state)
    const environment: Environment = { now, randomId, tables }
    return new TransactionCollection(new Collection(tables(name), environment))
  }

  /** Nothing is written. `value` is what `runTransaction()` rejects with. */
  async rollback(value?: unknown): Promise<void> {
    this.state.rollback(value)
  }
}

/** What `db.startTransaction()` answers. */
export class Transaction extends CallbackTransaction {
  static start(options: TransactionOptions): Transaction {
    return new Transaction(new TransactionState(options))
  }

  /** Writes everything, or rejects with `database-conflict` or `database-duplicate-key` and has written nothing. */
  async commit(): Promise<void> {
    if (!(await this.state.commit())) throw conflict()
  }
}

nameUnknownMembersOf(CallbackTransaction, 'transaction', inTransaction)
nameUnknownMembersOf(TransactionCollection, 'transaction.collection()', inTransaction)
nameUnknownMembersOf(TransactionDocument, 'transaction.collection().doc()', inTransaction)

function inTransaction(member: string): never {
  throw unsupported(`${member}: a transaction changes documents by doc(id), for nothing else can be checked at commit`)
}
