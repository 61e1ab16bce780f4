// `npm test`: lint, formatting, types, unused code, then every test; ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { root, step } from './freshness.mjs'

const CHECKS = [
  ['lint', 'oxlint', ['--deny-warnings', '.']],
  ['formatting', 'oxfmt', ['--check', '.']],
  ['types', 'vue-tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['types of cloud code', 'tsc', ['--noEmit', '-p', 'tsconfig.cloud.json']],
  ['unused code', 'knip', []],
]

const failedChecks = CHECKS.filter(([what, tool, args]) => {
  step(what)
  return run(tool, args) !== 0
})
for (const [what] of failedChecks) console.error(`✗ ${what}`)

const tests = runTests()
const passed = CHECKS.length - failedChecks.length + tests.passed
const failed = failedChecks.length + tests.failed
console.log(`\n${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`)
process.exitCode = failed === 0 && tests.passed > 0 ? 0 : 1

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-test-'))
  const report = join(folder, 'report.json')
  const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    const failed = result.numFailedTests + brokenFiles(result)
    // A run that ends badly with every test passed (an unhandled rejection, say) is a failure all the same.
    return {
      passed: result.numPassedTests,
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: result.numPendingTests + result.numTodoTests,
    }
  } catch (error) {
    console.error(`the test runner left no report: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Files that failed before any of their tests could run. */
function brokenFiles({ testResults }) {
  return testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed'),
  ).length
}

function run(tool, args) {
  return spawnSync(join(root, 'node_modules/.bin', tool), args, { cwd: root, stdio: 'inherit' }).status
}
