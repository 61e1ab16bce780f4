import { all, ALWAYS, implies, isSame, NEVER, requiredIds, type Criterion } from './criteria'
import { forbidden } from './errors'
import { needsLogin, type Login } from './login'
import type { Caller, Permission } from './permission'
import type { Field, Schema } from './schema'

/** The role that uni-id defines as allowed everything but passwords. */
const ADMIN = 'admin'

type Kind = 'read' | 'write'

/** What one caller may do with one collection. */
export class Access {
  private readonly isAdmin: boolean

  constructor(
    private readonly schema: Schema,
    private readonly caller: Caller,
    /** What is asked for, where documents are. */
    private readonly asked?: Criterion,
  ) {
    this.isAdmin = caller.login.role.includes(ADMIN)
  }

  /** What the rule for the whole collection demands of documents. Throws ClientDbError where no document would do. */
  collection(name: 'read' | 'create' | 'update' | 'delete' | 'count'): Criterion {
    return this.demand(this.schema[name], `${name} ${this.schema.collection}`)
  }

  /**
   * What reading or writing a field demands: the rules of everything above it and, because all of it is given or replaced,
   * of everything in it. A field that the schema does not have is for the rule of its parent.
   */
  field(path: string, kind: Kind): Criterion {
    const demands: Criterion[] = []
    let fields = this.schema.fields
    let field: Field | undefined
    for (const name of path.split('.')) {
      field = fields.get(name)
      if (!field) break
      demands.push(this.own(field, kind, path))
      fields = field.children
    }
    if (field) demands.push(...this.inside(field, kind, path))
    return all(demands)
  }

  /**
   * The fields that the caller must not see in documents of this query, outermost first. What those that are seen demand is
   * added to `demands`: the form of a query tells little about lists, so that it has to be asked of the documents.
   */
  hidden(
    asked: Criterion,
    demands: Criterion[],
    fields: ReadonlyMap<string, Field> = this.schema.fields,
    prefix = '',
  ): string[] {
    return [...fields].flatMap(([name, field]) => {
      const demanded = this.demandToSee(field, asked)
      if (!demanded) return [prefix + name]
      demands.push(demanded)
      return this.hidden(asked, demands, field.children, `${prefix}${name}.`)
    })
  }

  private demandToSee(field: Field, asked: Criterion): Criterion | undefined {
    if (this.isClosed(field)) return undefined
    if (this.isAdmin) return ALWAYS
    const demanded = field.read.problem === undefined ? field.read.demand(this.caller, this.asked) : NEVER
    return implies(asked, demanded) ? demanded : undefined
  }

  private isClosed(field: Field): boolean {
    return field.isPassword && !this.caller.isCloudCode
  }

  private inside(field: Field, kind: Kind, path: string): Criterion[] {
    return [...field.children.values()].flatMap((child) => [
      this.own(child, kind, path),
      ...this.inside(child, kind, path),
    ])
  }

  private own(field: Field, kind: Kind, path: string): Criterion {
    if (this.isClosed(field)) throw forbidden(`No page may ${kind} ${path} of ${this.schema.collection}`)
    return this.demand(field[kind], `${kind} ${path} of ${this.schema.collection}`)
  }

  private demand(permission: Permission, what: string): Criterion {
    if (this.isAdmin) return ALWAYS
    const demanded = permission.demand(this.caller, this.asked)
    if (demanded.kind !== 'or' || demanded.of.length > 0) return demanded
    if (permission.asksForLogin && this.caller.login.uid === null) throw needsLogin(this.caller.login)
    throw forbidden(`No permission to ${what}`)
  }
}

/**
 * What a reading asks for. Where the query does not say what the rule of its collection demands, that is taken as said: documents
 * that must not be seen are left out, and nothing tells that they are there. Documents that are named by `_id` are not left out in
 * silence, and neither is anything where the login has run out: such a query has to say it.
 */
export function askForPermitted(asked: Criterion, rule: Criterion, { login }: Caller): Criterion {
  if (isStale(login) || requiredIds(asked)) return asked
  // What is said already is not said twice: triggers look for fields in a plain condition.
  const [said, demanded] = [asked, rule].map((one) => (one.kind === 'and' ? one.of : [one])) as [
    Criterion[],
    Criterion[],
  ]
  return all([...said, ...demanded.filter((part) => !said.some((one) => isSame(one, part)))])
}

/**
 * Refuses a query that reaches for documents outside of what is demanded: `where()` has to say it, or name documents by
 * `_id` that all fulfil it. A missing document and a forbidden one look alike, and no other condition is looked at, so that
 * a refusal tells nothing about documents that must not be seen.
 */
export async function checkReach(
  asked: Criterion,
  demanded: Criterion,
  caller: Caller,
  countMatches: (criterion: Criterion) => Promise<number>,
): Promise<void> {
  if (implies(asked, demanded)) return
  const ids = [...new Set(requiredIds(asked) ?? [])]
  if (ids.length > 0) {
    const named: Criterion = { kind: 'test', path: '_id', operator: 'in', value: ids }
    if ((await countMatches(all([named, demanded]))) === ids.length) return
  }
  throw isStale(caller.login) ? needsLogin(caller.login) : refusal()
}

/** Whether a login was sent that counts no more. */
function isStale({ uid, problem }: Login): boolean {
  return uid === null && problem !== 'TOKEN_INVALID_ANONYMOUS_USER'
}

function refusal() {
  return forbidden(
    'No permission for these documents: where() has to ask for what the permission of the schema demands',
  )
}
