import type * as Acorn from 'acorn'
import type { CallExpression, Expression, MemberExpression } from 'acorn'
import { all, ALWAYS, any, compare, NEVER, not, type Comparison, type Criterion, type Scalar } from './criteria'
import { notSupported, quote, syntaxError } from './errors'
import { checkPath } from './paths'
import { toPattern } from './pattern'

const MAX_TEXT_LENGTH = 10_000
const MAX_DEPTH = 20
const MAX_LIST_LENGTH = 500

/** What a name in an expression stands for. `anonymous` is the uid without a login. */
export type Operand =
  | { readonly kind: 'field'; readonly path: string }
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'list'; readonly values: readonly Scalar[]; readonly hasAnonymous?: boolean }
  | { readonly kind: 'anonymous' }
  /** Nothing can be said of it: no comparison with it is true, negated or not. */
  | { readonly kind: 'unknown' }

export interface Names {
  /** The meaning of `a`, `a.b.c`; throws ClientDbError for a name that means nothing here. */
  resolve(path: readonly string[]): Operand
  /** Whether two values may be compared with each other, as permissions do. */
  readonly hasConstants: boolean
  /** What a document that `get()` names has at a path; undefined where there is no get(). */
  readonly document?: (collection: string, id: Operand, path: string) => Operand
}

type Parser = Pick<typeof Acorn, 'parseExpressionAt'>
let parser: Parser | undefined

/** Read when the first expression comes, and by `require`: what fails in `import()` fails until the process ends. */
function loadParser(): Parser {
  return (parser ??= require('acorn') as Parser)
}

/** Parses one JavaScript expression; nothing is ever run. Throws ClientDbError(SYNTAX_ERROR). */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_TEXT_LENGTH) {
    throw syntaxError(`An expression has more than ${MAX_TEXT_LENGTH} characters`)
  }
  const { parseExpressionAt } = loadParser()
  try {
    const parsed = parseExpressionAt(text, 0, { ecmaVersion: 2020, preserveParens: true })
    if (text.slice(parsed.end).trim() === '') return parsed
  } catch {
    // Not an expression, or nested deeper than the stack is high.
  }
  throw syntaxError(`The expression ${quote(text)} cannot be read`)
}

/** What the expression asks of a document. Throws ClientDbError for every form that is not in the grammar. */
export function toCriterion(parsed: Expression, names: Names): Criterion {
  return new Reader(names).read(parsed, false, 0)
}

const COMPARISONS = new Map<string, Comparison>([
  ['==', 'eq'],
  ['===', 'eq'],
  ['!=', 'neq'],
  ['!==', 'neq'],
  ['>', 'gt'],
  ['>=', 'gte'],
  ['<', 'lt'],
  ['<=', 'lte'],
])
const SWAPPED: Record<Comparison, Comparison> = { eq: 'eq', neq: 'neq', gt: 'lt', gte: 'lte', lt: 'gt', lte: 'gte' }

class Reader {
  constructor(private readonly names: Names) {}

  /** Negations go down to the comparisons: one with the uid of an anonymous caller is never true, negated or not. */
  read(given: Expression, isNegated: boolean, depth: number): Criterion {
    const node = unwrap(given)
    if (depth > MAX_DEPTH) throw syntaxError(`An expression is nested deeper than ${MAX_DEPTH} levels`)
    switch (node.type) {
      case 'LogicalExpression': {
        if (node.operator === '??') throw notSupported('?? in an expression')
        return this.joined(node, node.operator, isNegated, depth)
      }
      case 'UnaryExpression':
        if (node.operator === '!') return this.read(node.argument, !isNegated, depth + 1)
        break
      case 'BinaryExpression': {
        if (node.left.type === 'PrivateIdentifier') break
        // Of conditions, which are true or false, they mean the same: uni-media-library joins its filters by one &.
        if (node.operator === '&' || node.operator === '|') {
          return this.joined(node, node.operator === '&' ? '&&' : '||', isNegated, depth)
        }
        if (node.operator === 'in') return this.membership(node.left, node.right, isNegated)
        const operator = COMPARISONS.get(node.operator)
        if (operator) return this.comparison(operator, node.left, node.right, isNegated)
        break
      }
      case 'CallExpression':
        return this.call(node, isNegated)
      case 'Literal':
        if (typeof node.value === 'boolean' && this.names.hasConstants) {
          return node.value === isNegated ? NEVER : ALWAYS
        }
        break
      default:
    }
    throw notSupported(`${describe(node)} where a condition belongs`)
  }

  private joined(node: Expression, operator: '&&' | '||', isNegated: boolean, depth: number): Criterion {
    const parts = readOperands(node, operator).map((part) => this.read(part, isNegated, depth + 1))
    return (operator === '&&') === isNegated ? any(parts) : all(parts)
  }

  private comparison(operator: Comparison, leftNode: Expression, rightNode: Expression, isNegated: boolean): Criterion {
    const right = this.operand(rightNode)
    const left = this.left(leftNode, right)
    if (left.kind === 'unknown' || right.kind === 'unknown') return NEVER
    if (left.kind === 'list' || right.kind === 'list') throw notSupported('a list beside a comparison other than in')
    if (left.kind === 'field' && right.kind === 'field') throw notSupported('a comparison of two fields')
    if (left.kind === 'field' && right.kind === 'value') return this.test(left.path, operator, right.value, isNegated)
    if (left.kind === 'value' && right.kind === 'field') {
      return this.test(right.path, SWAPPED[operator], left.value, isNegated)
    }
    if (left.kind === 'field' || right.kind === 'field') return NEVER
    return this.constant(compare(operator, valueIn(left), valueIn(right)), isNegated)
  }

  private membership(leftNode: Expression, rightNode: Expression, isNegated: boolean): Criterion {
    const right = this.operand(rightNode)
    const left = this.left(leftNode, right)
    if (left.kind === 'unknown' || right.kind === 'unknown') return NEVER
    if (left.kind === 'list') throw notSupported('a list to the left of in')
    if (right.kind === 'list') {
      if (right.hasAnonymous && isNegated) return NEVER
      if (left.kind === 'field') {
        const test: Criterion = { kind: 'test', path: left.path, operator: 'in', value: right.values }
        return isNegated ? not(test) : test
      }
      return this.constant(
        right.values.some((one) => compare('eq', valueIn(left), one)),
        isNegated,
      )
    }
    // MongoDB's equality holds for a list that has the value.
    if (right.kind === 'field' && left.kind === 'value') return this.test(right.path, 'eq', left.value, isNegated)
    if (right.kind === 'field' && left.kind === 'anonymous') return NEVER
    throw notSupported('in without a list or a field to its right')
  }

  /** `/text/i.test(field)` is the only call. */
  private call({ callee, arguments: given }: CallExpression, isNegated: boolean): Criterion {
    const isMember = callee.type === 'MemberExpression' && !callee.computed
    const name = isMember && callee.property.type === 'Identifier' ? callee.property.name : undefined
    const pattern = isMember && name === 'test' ? callee.object : undefined
    const [argument, ...more] = given
    if (pattern?.type !== 'Literal' || !pattern.regex || !argument || more.length > 0) {
      throw notSupported('a call other than /text/.test(field) in an expression')
    }
    const field = argument.type === 'SpreadElement' ? undefined : this.operand(argument)
    if (field?.kind !== 'field') throw notSupported('test() of something other than a field')
    const value = toPattern(pattern.regex.pattern, pattern.regex.flags)
    const test: Criterion = { kind: 'test', path: field.path, operator: 'regex', value }
    return isNegated ? not(test) : test
  }

  private test(path: string, operator: Comparison, value: Scalar, isNegated: boolean): Criterion {
    const test: Criterion = { kind: 'test', path, operator, value }
    return isNegated ? not(test) : test
  }

  private constant(isTrue: boolean, isNegated: boolean): Criterion {
    if (!this.names.hasConstants) throw notSupported('a comparison without a field')
    return isTrue === isNegated ? NEVER : ALWAYS
  }

  /** `'_id' == $cloudEnv_uid`, as uni-id-pages writes it: a text to the left names a field where nothing else is one. */
  private left(node: Expression, right: Operand): Operand {
    const left = this.operand(node)
    if (this.names.hasConstants || right.kind === 'field') return left
    return left.kind === 'value' && typeof left.value === 'string'
      ? { kind: 'field', path: checkPath(left.value) }
      : left
  }

  private operand(given: Expression): Operand {
    const node = unwrap(given)
    if (node.type === 'ArrayExpression') return this.list(node.elements)
    if (node.type === 'Identifier') return this.names.resolve([node.name])
    if (node.type === 'MemberExpression') return this.got(node) ?? this.names.resolve(readPath(node, 0))
    if (node.type === 'BinaryExpression' && node.left.type !== 'PrivateIdentifier') {
      return { kind: 'value', value: this.sum(node.operator, node.left, node.right) }
    }
    return { kind: 'value', value: literal(node) }
  }

  /** ``get(`database.shops.${doc.shop_id}`).owner`` of a permission. */
  private got(node: MemberExpression): Operand | undefined {
    const { call, names } = readCalled(node)
    const isGet = call?.callee.type === 'Identifier' && call.callee.name === 'get'
    if (!isGet || !this.names.document) return undefined
    const path = checkPath(names.join('.'))
    const [argument, ...more] = call.arguments
    if (argument?.type === 'TemplateLiteral' && more.length === 0) {
      const [head = '', tail = '', ...others] = argument.quasis.map(({ value }) => value.cooked ?? '')
      const [, collection] = /^database\.([A-Za-z0-9_-]{1,64})\.$/.exec(head) ?? []
      const [id] = argument.expressions
      if (collection !== undefined && id && tail === '' && others.length === 0) {
        return this.names.document(collection, this.operand(id), path)
      }
    }
    const text = argument?.type === 'Literal' && more.length === 0 ? argument.value : undefined
    const [, collection, id] = /^database\.([A-Za-z0-9_-]{1,64})\.([^.`$]+)$/.exec(String(text)) ?? []
    if (collection === undefined || id === undefined) {
      throw notSupported('get() of anything but `database.<collection>.${<id>}`')
    }
    return this.names.document(collection, { kind: 'value', value: id }, path)
  }

  private list(elements: readonly (Expression | { type: 'SpreadElement' } | null)[]): Operand {
    if (elements.length > MAX_LIST_LENGTH) throw syntaxError(`A list has more than ${MAX_LIST_LENGTH} values`)
    const operands = elements.map((element) => {
      if (element === null || element.type === 'SpreadElement') throw notSupported('gaps and ... in a list')
      return this.operand(element as Expression)
    })
    const values = operands.flatMap((one) => {
      if (one.kind !== 'value' && one.kind !== 'anonymous') throw notSupported('a list of anything but values')
      return one.kind === 'value' ? [one.value] : []
    })
    return { kind: 'list', values, hasAnonymous: values.length < operands.length }
  }

  /** `now - 60000`: of two numbers, not of sums. */
  private sum(operator: string, givenLeft: Expression, givenRight: Expression): number {
    const [leftNode, rightNode] = [unwrap(givenLeft), unwrap(givenRight)]
    if (leftNode.type === 'BinaryExpression' || rightNode.type === 'BinaryExpression') throw notSupported('that sum')
    const [left, right] = [this.operand(leftNode), this.operand(rightNode)]
    if (left.kind === 'value' && right.kind === 'value') {
      const [a, b] = [left.value, right.value]
      if (typeof a === 'number' && typeof b === 'number') {
        if (operator === '+') return a + b
        if (operator === '-') return a - b
        if (operator === '*') return a * b
      }
    }
    throw notSupported(`${quote(operator)} of anything but two numbers`)
  }
}

/** Parentheses are kept by the parser, because it would otherwise not say where they end. */
function unwrap(node: Expression): Expression {
  let inner = node
  while (inner.type === 'ParenthesizedExpression') inner = inner.expression
  return inner
}

/** The parts of a chain such as `a && b && c`, which the parser nests to the left, one level for each. */
function readOperands(node: Expression, operator: '&&' | '||'): Expression[] {
  const parts: Expression[] = []
  let at: Expression = node
  while (at.type === 'LogicalExpression' || at.type === 'BinaryExpression') {
    const isSame = at.operator === operator || at.operator === operator[0]
    if (!isSame || at.left.type === 'PrivateIdentifier') break
    parts.unshift(at.right)
    at = at.left
  }
  parts.unshift(at)
  return parts
}

function valueIn(operand: Operand): Scalar {
  return operand.kind === 'value' ? operand.value : null
}

function literal(given: Expression): Scalar {
  const node = unwrap(given)
  if (node.type === 'Literal' && !node.regex && typeof node.value !== 'bigint') {
    const { value } = node
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return finite(value as Scalar)
  }
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? ''
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = literal(node.argument)
    if (typeof value === 'number') return -value
  }
  throw notSupported(`${describe(node)} where a value belongs`)
}

function finite(value: Scalar): Scalar {
  if (typeof value === 'number' && !Number.isFinite(value)) throw syntaxError('A number in an expression is too large')
  return value
}

function readPath(node: MemberExpression, depth: number): string[] {
  if (depth > MAX_DEPTH) throw syntaxError('A field in an expression is nested too deep')
  const { object, property, computed, optional } = node
  const name =
    !computed && property.type === 'Identifier'
      ? property.name
      : computed && property.type === 'Literal' && typeof property.value === 'string'
        ? property.value
        : undefined
  if (name !== undefined && !optional && !name.includes('.')) {
    if (object.type === 'Identifier') return [object.name, name]
    if (object.type === 'MemberExpression') return [...readPath(object, depth + 1), name]
  }
  throw notSupported('a field that is not written a.b.c in an expression')
}

/** The call that a field is read of, as `get(…)` in `get(…).a.b`, and the names from there. */
function readCalled(node: MemberExpression): { call: CallExpression | undefined; names: string[] } {
  const names: string[] = []
  let at: Expression | MemberExpression['object'] = node
  while (at.type === 'MemberExpression' && !at.computed && !at.optional && at.property.type === 'Identifier') {
    names.unshift(at.property.name)
    at = at.object
  }
  return { call: at.type === 'CallExpression' ? at : undefined, names }
}

const DESCRIPTIONS: Partial<Record<Expression['type'], string>> = {
  CallExpression: 'a call',
  NewExpression: 'new',
  AssignmentExpression: 'an assignment',
  ArrowFunctionExpression: 'a function',
  FunctionExpression: 'a function',
  ConditionalExpression: '? :',
  SequenceExpression: 'a list with commas',
  ThisExpression: 'this',
  TemplateLiteral: 'a template with ${}',
  ObjectExpression: 'an object',
  Identifier: 'a lone name',
}

function describe(node: Expression): string {
  return DESCRIPTIONS[node.type] ?? 'that form'
}
