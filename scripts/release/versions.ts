// One version everywhere, and changelogs that the plugin market can read.

const VERSION = /^\d+\.\d+\.\d+$/
const HEADING = /^## (\d+\.\d+\.\d+)（(\d{4}-\d{2}-\d{2})）$/

/**
 * What is wrong with the versions: `root` is the repository's package.json, `stated` has for each other file the
 * version that it says, undefined where it says none.
 */
export function versionFaults(root: { version: string }, stated: Record<string, string | undefined>): string[] {
  const faults = VERSION.test(root.version) ? [] : [`package.json: ${quoted(root.version)} is not a version x.y.z`]
  for (const [file, version] of Object.entries(stated)) {
    if (version !== root.version) faults.push(`${file}: says version ${quoted(version)}, package.json ${root.version}`)
  }
  return faults
}

/** What is wrong with a changelog: `## x.y.z（date）`, the newest first and of this version, points below each. */
export function changelogFaults(text: string, version: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd())
  const headings = lines.flatMap((line, at) => (line.startsWith('#') ? [{ line, at }] : []))
  const bad = headings.filter(({ line }) => !HEADING.test(line))
  if (bad.length > 0) return bad.map(({ line }) => `changelog.md: ${quoted(line)} is not "## x.y.z（yyyy-mm-dd）"`)

  const entries = headings.map(({ line, at }, index) => {
    const [, version = '', date = ''] = HEADING.exec(line) ?? []
    return { version, date, points: lines.slice(at + 1, headings[index + 1]?.at).filter((one) => one.startsWith('- ')) }
  })
  if (entries[0]?.version !== version) {
    return [`changelog.md: begins with ${quoted(entries[0]?.version)}, the version is ${version}`]
  }
  return [
    ...entries.filter(({ points }) => points.length === 0).map((one) => `changelog.md: ${one.version} has no points`),
    ...entries.filter(({ date }) => !isDate(date)).map((one) => `changelog.md: ${one.date} is not a date`),
    ...entries.slice(1).flatMap((older, index) => {
      const newer = entries[index]!
      const isInOrder = compare(newer.version, older.version) > 0 && newer.date >= older.date
      return isInOrder
        ? []
        : [`changelog.md: ${newer.version}（${newer.date}） stands above ${older.version}（${older.date}）`]
    }),
  ]
}

function isDate(text: string): boolean {
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Of two versions x.y.z: above 0 where the first is the newer one. */
function compare(one: string, other: string): number {
  const [ours, theirs] = [one, other].map((version) => version.split('.').map(Number)) as [number[], number[]]
  return ours.map((part, at) => part - (theirs[at] ?? 0)).find((difference) => difference !== 0) ?? 0
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'none' : JSON.stringify(text)
}
