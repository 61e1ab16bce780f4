// `npm run test:mutants [-- words …]`: breaks the code in each way that test/mutants lists, and expects tests to fail.
//   words            only mutations whose sentence or file contains one of them
//   --skip-baseline  does not try whether the tests pass on the code as it is
//   --list           prints the sentences and runs nothing
// Works on a copy of the repository. Ends with 1 when a mutant survives, or a mutation no longer applies.
import { parseArgs } from 'node:util'

import { step } from './build-cache.mjs'
import type { Run } from './mutant-tree'
import { MutantTree } from './mutant-tree'
import type { Mutation } from '../test/mutants/mutation'
import { mutate } from '../test/mutants/mutation'
import { MUTATIONS } from '../test/mutants/mutations'

/** Many times what the slowest of the listed files takes: a mutant that hangs is one that was noticed. */
const MAX_RUN_MS = 300_000

const baselines = new Map<string, Promise<string | undefined>>()

type Verdict = 'killed' | 'survived' | 'equivalent' | 'broken'

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { 'skip-baseline': { type: 'boolean' }, list: { type: 'boolean' } },
})
const chosen = MUTATIONS.filter(({ breaks, file }) => {
  return words.length === 0 || words.some((word) => `${breaks} ${file}`.toLowerCase().includes(word.toLowerCase()))
})
if (chosen.length === 0) console.error(`no mutation has ${words.join(' or ')} in its sentence or file`)
if (values.list) for (const { breaks, file } of chosen) console.log(`${breaks} (${file})`)
process.exitCode = chosen.length > 0 && (values.list || (await run(chosen))) ? 0 : 1

/** True when every mutant is noticed that can be. */
async function run(mutations: readonly Mutation[]): Promise<boolean> {
  step(`copying the repository for ${mutations.length} mutations`)
  const tree = new MutantTree()
  const stop = () => {
    tree.remove()
    process.exit(1)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const verdicts: Verdict[] = []
    for (const mutation of mutations) verdicts.push(await judge(tree, mutation))
    const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length
    console.log(
      `\n${count('killed')} killed, ${count('survived')} survived, ${count('equivalent')} equivalent, ${count('broken')} broken`,
    )
    return count('survived') + count('broken') === 0
  } finally {
    tree.remove()
  }
}

/** Why tests cannot judge: they fail without any mutation, or none runs. They are tried once for all their mutations. */
function findFault(tree: MutantTree, { tests, only }: Mutation): Promise<string | undefined> {
  const key = JSON.stringify([tests, only])
  const fault =
    baselines.get(key) ??
    tree.run(tests, only, MAX_RUN_MS).then(({ failed, passed, output }) => {
      if (failed[0] !== undefined) return `fails without any mutation: ${failed[0]}`
      return passed === 0 ? `no test runs: ${output}` : undefined
    })
  baselines.set(key, fault)
  return fault
}

async function judge(tree: MutantTree, mutation: Mutation): Promise<Verdict> {
  const start = performance.now()
  const [verdict, detail] = await tryOut(tree, mutation)
  const seconds = Math.round((performance.now() - start) / 1000)
  console.log(`${verdict.padEnd(10)} ${String(seconds).padStart(3)} s  ${mutation.breaks}\n                  ${detail}`)
  return verdict
}

async function tryOut(tree: MutantTree, mutation: Mutation): Promise<[Verdict, string]> {
  const { file, tests, only } = mutation
  const content = tree.read(file)
  try {
    const mutant = mutate(content, mutation)
    const fault = values['skip-baseline'] ? undefined : await findFault(tree, mutation)
    if (fault !== undefined) return ['broken', fault]
    tree.write(file, mutant)
    const ended = await tree.run(tests, only, MAX_RUN_MS)
    const verdict = toVerdict(ended, mutation)
    return [verdict, toDetail(ended, verdict, mutation)]
  } catch (error) {
    return ['broken', (error as Error).message]
  } finally {
    tree.write(file, content)
  }
}

/** `broken`: no test ran, or tests notice what is listed as equivalent. */
function toVerdict({ failed, passed, isLate }: Run, { equivalent }: Mutation): Verdict {
  const isNoticed = failed.length > 0 || isLate
  if (!isNoticed && passed === 0) return 'broken'
  if (equivalent !== undefined) return isNoticed ? 'broken' : 'equivalent'
  return isNoticed ? 'killed' : 'survived'
}

function toDetail({ failed, output, isLate }: Run, verdict: Verdict, { equivalent, tests, file }: Mutation): string {
  if (verdict === 'equivalent') return equivalent ?? ''
  if (verdict === 'survived') return `${file}; looked at by ${tests.join(', ')}`
  if (failed[0] !== undefined) return `noticed by: ${failed[0]}`
  return isLate ? 'noticed by: a run that did not end' : `no test ran: ${output}`
}
