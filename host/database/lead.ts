import type { Condition } from './filter'
import type { Stage } from './pipeline'
import { isPlainObject } from './values'

/**
 * A project() that only leaves fields out is carried out after the match(), sort(), skip() and limit() that follow it, and
 * not at all before a count(): SQL does those, on far more documents than may be in memory. It stays where it is when they
 * are about a field that it leaves out.
 */
export function moveProjectBack(stages: readonly Stage[]): readonly Stage[] {
  const at = stages.findIndex(({ kind }) => kind !== 'match')
  const project = stages[at]
  const kept = project?.kind === 'mongo' && project.name === '$project' ? readKept(project.operand) : undefined
  if (!project || !kept) return stages
  const isKept = (path: string) => kept.some((name) => path === name || path.startsWith(`${name}.`))
  const after = stages.slice(at + 1)
  const found = after.findIndex((stage) => !isAbout(stage, isKept))
  const end = found < 0 ? after.length : found
  const passed = after.slice(0, end)
  const rest = after.slice(end)
  const moved = rest[0]?.kind === 'count' ? [] : [project]
  return [...stages.slice(0, at), ...passed, ...moved, ...rest]
}

/** The fields of a project() that has nothing but them, by which no place in an array is meant; undefined for every other. */
export function readKept(operand: unknown): string[] | undefined {
  if (!isPlainObject(operand)) return undefined
  const { _id: id = 1, ...fields } = operand
  const isIncluded = (value: unknown) => value === 1 || value === true
  const names = Object.keys(fields)
  if (names.length === 0 || !Object.values(fields).every(isIncluded)) return undefined
  // A number is no place in an array here, and is one in a condition.
  if (names.some((name) => /(^|\.)\d+(\.|$)/.test(name))) return undefined
  return isIncluded(id) ? ['_id', ...names] : names
}

/** Whether the stage means the same for documents that have only these fields left. */
function isAbout(stage: Stage, isKept: (path: string) => boolean): boolean {
  if (stage.kind === 'match') return listPaths(stage.condition).every(isKept)
  if (stage.kind === 'sort') return stage.fields.every(([name]) => isKept(name))
  return stage.kind === 'skip' || stage.kind === 'limit'
}

function listPaths(condition: Condition): string[] {
  return condition.kind === 'test' ? [condition.path.name] : condition.of.flatMap(listPaths)
}
