import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { mutate, toMutations } from '../mutants/mutation'
import { MUTATIONS } from '../mutants/mutations'

describe('the mutations', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.breaks, mutation] as const))(
    '"%s" still applies to its file',
    (_, mutation) => {
      const content = readFileSync(mutation.file, 'utf8')
      expect(mutate(content, mutation)).not.toBe(content)
      expect(mutation.tests.length).toBeGreaterThan(0)
      for (const test of mutation.tests) expect(existsSync(test), test).toBe(true)
      if (mutation.only !== undefined) expect(() => new RegExp(mutation.only!)).not.toThrow()
    },
  )

  it('are many, each with a sentence of its own', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(60)
    expect(new Set(MUTATIONS.map(({ breaks }) => breaks)).size).toBe(MUTATIONS.length)
  })

  it('no longer apply where their text is not there, or more than once', () => {
    const [mutation] = toMutations([{ file: 'a.ts', tests: [], mutants: { 'one is two': ['one', 'two'] } }])
    expect(mutate('one three', mutation!)).toBe('two three')
    expect(() => mutate('three', mutation!)).toThrow('"one is two" no longer applies: its text does not occur in a.ts')
    expect(() => mutate('one one', mutation!)).toThrow(
      '"one is two" no longer applies: its text occurs 2 times in a.ts',
    )
  })

  it('are tried by one command, in a copy of the repository', () => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
    const args = ['scripts/run.mjs', 'sources', 'scripts/mutants.ts', 'the same random bytes are given twice']
    const { stdout, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    expect(stdout).toContain('1 killed, 0 survived, 0 equivalent, 0 broken')
    expect(status).toBe(0)
  })
})
