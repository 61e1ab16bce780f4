/**
 * What to do about programs that are missing: `install`, the packages for apt-get, and `message`, which is printed
 * before anything happens. An empty `install` beside a message means that the tests cannot run.
 */
export function planPrograms(situation: {
  missing: readonly string[]
  mayInstall: boolean
  isRoot: boolean
  hasApt: boolean
}): { install: readonly string[]; message?: string }
