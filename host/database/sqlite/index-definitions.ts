import type { Index } from '../indexes'
import { fieldPath } from '../names'
import { indexStatements } from './index-statements'

/** A column of an index: `_id`, or the rank of a field, which its value follows. */
const COLUMN =
  /(?<=^|,)_id(?<idDescends> DESC)?(?=,|$)|CASE json_type\(doc,'\$(?<path>[^']+)'\).*? END(?<descends> DESC)?/g

/**
 * The definitions behind the SQL indexes of a collection, given by name and statement. An index counts only when its
 * definition makes the same statements again; `unread` names the others.
 */
export function readIndexDefinitions(
  collection: string,
  statements: ReadonlyMap<string, string>,
): { indexes: Index[]; unread: string[] } {
  const indexes: Index[] = []
  const read = new Set<string>()
  for (const [name, statement] of statements) {
    const columns = new RegExp(`^CREATE INDEX "[^"]+" ON "${collection}" \\((.+)\\)$`).exec(statement)?.[1]
    if (!name.startsWith(`${collection}.`) || columns === undefined) continue
    const unique = [`${name}$unique`, toFormerName(`${name}$unique`)]
      .map((part) => statements.get(part))
      .find((sql) => sql?.startsWith('CREATE UNIQUE '))
    const index: Index = {
      name: name.slice(collection.length + 1),
      keys: readKeys(columns),
      unique: unique !== undefined,
      sparse: unique?.includes(' WHERE ') === true,
    }
    const parts = [...indexStatements(collection, index)].flatMap(([part, sql]) => {
      if (sql === undefined) return []
      const names = [...new Set([part, toFormerName(part)])]
      return [names.filter((one) => statements.get(one) === sql.replace(`"${part}"`, () => `"${one}"`))]
    })
    if (parts.length === 0 || parts.some((found) => found.length === 0)) continue
    indexes.push(index)
    for (const part of parts.flat()) read.add(part)
  }
  return { indexes, unread: [...statements.keys()].filter((name) => !read.has(name)) }
}

/** Of a file that no host of this version has opened. */
function toFormerName(part: string): string {
  return part.replace('$', '.')
}

function readKeys(columns: string): Index['keys'] {
  return [...columns.matchAll(COLUMN)].map(({ groups = {} }) => {
    const segments = [...(groups['path'] ?? '."_id"').matchAll(/\."([^"]+)"/g)].map(([, segment]) => segment)
    return {
      path: fieldPath(segments.join('.')),
      descending: (groups['descends'] ?? groups['idDescends']) !== undefined,
    }
  })
}
