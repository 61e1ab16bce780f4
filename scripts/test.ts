// `npm test`: lint, formatting, types, unused code, then every test; ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runChecks } from './check'
import { root } from './build-cache.mjs'

const checks = await runChecks()
const tests = runTests()
const passed = checks.passed + tests.passed
const failed = checks.failed + tests.failed
console.log(`\n${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`)
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

function runTests(): { passed: number; failed: number; skipped: number } {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-test-'))
  const report = join(folder, 'report.json')
  const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  try {
    const result = JSON.parse(readFileSync(report, 'utf8')) as Report
    const failed = result.numFailedTests + brokenFiles(result)
    // A run that ends badly with every test passed (e.g. an unhandled rejection) is a failure all the same.
    return {
      passed: result.numPassedTests,
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: result.numPendingTests + result.numTodoTests,
    }
  } catch (error) {
    console.error(`the test runner left no report: ${(error as Error).message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Files that failed before any of their tests could run. */
function brokenFiles({ testResults }: Report): number {
  return testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
  ).length
}

function run(tool: string, args: string[]): number | null {
  return spawnSync(join(root, 'node_modules/.bin', tool), args, { cwd: root, stdio: 'inherit' }).status
}
