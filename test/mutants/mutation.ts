/** Mutations of one file that the same tests have to notice. */
export interface MutatedFile {
  /** from the root of the repository */
  file: string
  /** the test files that must turn red */
  tests: readonly string[]
  /** which of their tests are enough, as a regular expression of their names; all where left out */
  only?: string
  /** what each mutation breaks, as a sentence: the text that is replaced, which occurs once, and what takes its place */
  mutants: Readonly<Record<string, readonly [find: string, replacement: string]>>
  /** Why no test can tell these mutants from the code: they have to survive. */
  equivalent?: string
}

/** One mutation of one file. */
export interface Mutation extends Omit<MutatedFile, 'mutants'> {
  breaks: string
  find: string
  replacement: string
}

export function toMutations(files: readonly MutatedFile[]): Mutation[] {
  return files.flatMap(({ mutants, ...file }) =>
    Object.entries(mutants).map(([breaks, [find, replacement]]) => ({ ...file, breaks, find, replacement })),
  )
}

/** The content with the mutation in it. Throws where its text does not occur exactly once. */
export function mutate(content: string, { breaks, file, find, replacement }: Mutation): string {
  const [before = '', after, ...more] = content.split(find)
  if (after === undefined || more.length > 0) {
    const times = after === undefined ? 'does not occur' : `occurs ${more.length + 1} times`
    throw new Error(`"${breaks}" no longer applies: its text ${times} in ${file}`)
  }
  return before + replacement + after
}

export const CLOUD = 'uni_modules/uni-captcha/uniCloud/cloudfunctions'
export const CAPTCHA = `${CLOUD}/common/uni-captcha`
export const SMS_CLOUD = 'uni_modules/uni-sms-code/uniCloud/cloudfunctions'
export const SMS = `${SMS_CLOUD}/common/uni-sms-code`
