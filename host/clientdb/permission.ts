import { all, ALWAYS, NEVER, type Criterion, type Scalar } from './criteria'
import { ClientDbError, notSupported } from './errors'
import { parseExpression, toCriterion, type Names, type Operand } from './expression'
import type { GottenDocuments } from './gotten'
import type { Login } from './login'
import { checkPath } from './paths'
import { valueAt } from './shape'

/** Who asks, and when. */
export interface Caller {
  readonly login: Login
  readonly nowMs: number
  readonly clientIP: string
  /** A cloud function, which may read passwords where the schema permits it. */
  readonly isCloudCode?: boolean
  /** The actions that the page names. */
  readonly actions?: readonly string[]
  /** The documents that get() of a permission asks for. */
  readonly gotten?: GottenDocuments
}

/** One rule of a schema: `true`, `false` or an expression over `auth`, `doc`, `action` and `now`. */
export interface Permission {
  /**
   * What a document has to fulfil for this caller, who asks for documents that fulfil `asked`. Throws ClientDbError for a
   * rule that this host cannot read.
   */
  demand(caller: Caller, asked?: Criterion): Criterion
  /** Whether the answer can be another for a user who is signed in. */
  readonly asksForLogin: boolean
  /** Why the rule cannot be read: everything it guards is refused. */
  readonly problem: string | undefined
}

const TRIAL: Caller = {
  login: { uid: 'a user', role: [], permission: [], problem: 'TOKEN_INVALID_ANONYMOUS_USER' },
  nowMs: 0,
  clientIP: '',
}

/** Rules that are left out are `absent`; anything but a rule, and every expression with something unknown, refuses. */
export function readPermission(rule: unknown, absent: boolean, where: string, allowsDoc = true): Permission {
  if (rule === undefined) return constant(absent)
  if (typeof rule === 'boolean') return constant(rule)
  if (typeof rule !== 'string') return broken(`${where} is neither true, false nor an expression`)
  try {
    const parsed = parseExpression(rule)
    const demand = (caller: Caller, asked = ALWAYS) => toCriterion(parsed, namesFor(caller, allowsDoc, asked))
    demand(TRIAL)
    return { demand, asksForLogin: /\bauth\b/.test(rule), problem: undefined }
  } catch (error) {
    if (!(error instanceof ClientDbError)) throw error
    return broken(`${where}: ${error.message}`)
  }
}

function constant(isAllowed: boolean): Permission {
  return { demand: () => (isAllowed ? ALWAYS : NEVER), asksForLogin: false, problem: undefined }
}

/** What fulfils one rule and the other. */
export function both(one: Permission, other: Permission): Permission {
  return {
    demand: (caller, asked) => all([one.demand(caller, asked), other.demand(caller, asked)]),
    asksForLogin: one.asksForLogin || other.asksForLogin,
    problem: one.problem ?? other.problem,
  }
}

/** Refuses everything, because of a mistake in the schema. */
export function broken(problem: string): Permission {
  return {
    demand: () => {
      throw new ClientDbError('SYNTAX_ERROR', `The schema cannot be used: ${problem}`)
    },
    asksForLogin: false,
    problem,
  }
}

function namesFor({ login, nowMs, actions = [], gotten }: Caller, allowsDoc: boolean, asked: Criterion): Names {
  return {
    hasConstants: true,
    document(collection, id, path) {
      const named = id.kind === 'field' ? requiredText(asked, id.path) : id.kind === 'value' ? id.value : undefined
      const document = typeof named === 'string' && named !== '' ? gotten?.get(collection, named) : undefined
      return toOperand(document && valueAt(document, path.split('.')))
    },
    resolve([first = '', ...rest]) {
      const name = [first, ...rest].join('.')
      if (name === 'auth.uid') return login.uid === null ? { kind: 'anonymous' } : { kind: 'value', value: login.uid }
      if (name === 'auth.role') return { kind: 'list', values: login.role }
      if (name === 'auth.permission') return { kind: 'list', values: login.permission }
      if (name === 'now') return { kind: 'value', value: nowMs }
      if (first === 'doc' && rest.length > 0 && allowsDoc) return { kind: 'field', path: checkPath(rest.join('.')) }
      if (first === 'doc') throw notSupported('doc in a permission to create, where there is no document yet')
      // Of several no one thing can be said.
      if (name === 'action')
        return actions.length > 1 ? { kind: 'unknown' } : { kind: 'value', value: actions[0] ?? null }
      throw notSupported(`${name} in a permission`)
    },
  }
}

/** The one text that the query insists on for a field; undefined where there may be several. */
function requiredText(asked: Criterion, path: string): string | undefined {
  const tests = (asked.kind === 'and' ? asked.of : [asked]).filter((part) => part.kind === 'test' && part.path === path)
  const [only, ...more] = tests
  const isText = only?.kind === 'test' && only.operator === 'eq' && typeof only.value === 'string'
  return isText && more.length === 0 ? (only.value as string) : undefined
}

/** Nothing, and whatever is not a value, is unknown: a rule does not hold by what is missing. */
function toOperand(value: unknown): Operand {
  if (isScalar(value)) return { kind: 'value', value }
  if (Array.isArray(value)) return { kind: 'list', values: value.filter((one): one is Scalar => isScalar(one)) }
  return { kind: 'unknown' }
}

function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date
}
