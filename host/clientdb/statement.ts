import type { Collection, Database } from '../database/index'
import type { Query } from '../database/index'
import { isAlways, isNever, type Criterion } from './criteria'

/** The collection with the criterion as its condition; undefined where no document can match. */
export function narrow(
  database: Pick<Database, 'collection' | 'command'>,
  name: string,
  criterion: Criterion,
): Query | undefined {
  if (isNever(criterion)) return undefined
  const collection: Collection = database.collection(name)
  return isAlways(criterion) ? collection : collection.where(toCondition(criterion, database.command))
}

/** The criterion as where() and match() take it; undefined where no document can match. */
export function toWhere(criterion: Criterion, command: Database['command']): object | undefined {
  if (isNever(criterion)) return undefined
  return isAlways(criterion) ? {} : toCondition(criterion, command)
}

/** Every comparison becomes one of the database's own commands, so that no value can be read as an operator. */
function toCondition(criterion: Criterion, command: Database['command']): object {
  if (criterion.kind !== 'test') {
    const parts = criterion.of.map((part) => toCondition(part, command))
    if (parts.length > 0) return command[criterion.kind](parts)
    // Nothing to fulfil, or nothing that would do.
    return { _id: command.exists(criterion.kind !== 'or') }
  }
  const { path, operator, value } = criterion
  return { [path]: operator === 'regex' ? command.eq(value) : command[operator](value) }
}
