// The quick start, walked as it is written: its commands and files are taken from docs/start.md. npm's registry is asked
// for what its cache does not hold.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from 'playwright-core'

import { isFalseHere } from '../../host/uni-build'
import { launchBrowser, visit } from '../../test/e2e/support/browser'
import { captchaOn, inputsReportAtOnce } from '../../test/e2e/support/captcha-page'
import { readAnswer } from '../../test/e2e/support/codes'
import { root, step } from '../build-cache.mjs'
import { startProject } from './project-process'
import { readCommands, readFiles } from './quick-start'
import { writeTemplateProject } from './template-project'

const MAX_SECONDS = 180
const MAX_COMMANDS = 5
/** TypeScript, vue-tsc and the template's base configuration as projects have them: of 2022, of 2024 and of today. */
const COMPILERS = [
  ['typescript@4.9.5', 'vue-tsc@1.8.27', '@vue/tsconfig@0.1.3'],
  ['typescript@5.4.5', 'vue-tsc@2.0.29', '@vue/tsconfig@0.5.1'],
  ['typescript@5.9.3', 'vue-tsc@3.3.14', '@vue/tsconfig@0.8.1'],
]
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund']

/** Walks both ways to a captcha in a project of one's own. Answers what is wrong, a sentence each. */
export async function walkQuickStart(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-start-'))
  try {
    // Beside the project, as the document says.
    symlinkSync(root, join(folder, 'uni-captcha'))
    return [...(await walkNewProject(folder)), ...(await walkExistingProject(folder))]
  } catch (error) {
    return [(error as Error).message]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From an installed clone: building it for the first time is the machine's own matter. */
async function walkNewProject(folder: string): Promise<string[]> {
  step('a new project by the quick start')
  const faults: string[] = []
  const commands = readCommands('new')
  if (commands.length > MAX_COMMANDS) faults.push(`the quick start takes ${commands.length} commands`)
  const began = Date.now()
  let cwd = join(folder, 'uni-captcha')
  for (const command of commands) {
    const [, to] = /^cd (.+)$/.exec(command) ?? []
    if (to) cwd = join(folder, 'my-app')
    else if (command === 'npm start') faults.push(...(await signIn(cwd, ['npm', 'start'])))
    else run(command.replace('../my-app', join(folder, 'my-app')), cwd)
  }
  const seconds = Math.round((Date.now() - began) / 1000)
  console.log(`${commands.length} commands and ${seconds} s to the first captcha`)
  if (seconds > MAX_SECONDS) faults.push(`the first captcha took ${seconds} s, more than ${MAX_SECONDS}`)
  run('npm run type-check', cwd)
  return faults
}

async function walkExistingProject(folder: string): Promise<string[]> {
  step("DCloud's template by the quick start")
  const project = join(folder, 'existing')
  writeTemplateProject(project)
  run(`npm ${INSTALL.join(' ')}`, project)
  for (const command of readCommands('existing')) run(command, project)
  for (const [path, content] of readFiles('existing')) writeFileSync(join(project, path), content)
  const faults: string[] = []
  for (const compiler of COMPILERS) {
    run(`npm ${INSTALL.join(' ')} --save-dev ${compiler.join(' ')}`, project)
    const { status, stdout } = spawnSync('npm', ['run', 'type-check'], { cwd: project, encoding: 'utf8' })
    if (status !== 0) faults.push(`${compiler.join(', ')}: ${stdout}`)
  }
  run('npm run build:h5', project)
  faults.push(...(await signIn(project, ['npx', 'uni-captcha-host', '--dev'])))
  return faults
}

/** Starts a project, opens its page and signs in with the captcha that is there. */
async function signIn(cwd: string, command: string[]): Promise<string[]> {
  const project = startProject(cwd, command)
  const browser = await launchBrowser()
  try {
    const url = await project.url
    const { page } = await visit(browser)
    const faults = listenForFaults(page, new URL('/favicon.ico', url).href)
    await page.goto(url)
    const captcha = captchaOn(page)
    await captcha.source()
    await inputsReportAtOnce(page)
    await captcha.input.fill(readAnswer(join(cwd, '.data'), 'login'))
    await page.locator('.submit').click()
    await page.locator('.message').filter({ hasText: '登录成功' }).waitFor()
    const untrue = project.said().split('\n').filter(isFalseHere)
    return [...faults, ...untrue.map((line) => `\`${command.join(' ')}\` says ${line}`)]
  } finally {
    await browser.close()
    await project.stop()
  }
}

/** What the page's console says from now on, a sentence each; the list grows. */
function listenForFaults(page: Page, icon: string): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`the page says ${String(error)}`))
  page.on('console', (message) => {
    const { url } = message.location()
    if (message.type() !== 'error' && message.type() !== 'warning') return
    // Browsers ask for this icon by themselves where a page names none, and DCloud's template has none to give.
    if (url === icon) return
    // uni's own style fetches a shadow from its maker's server, which the host's policy does not allow.
    if (message.text().includes('cdn.dcloud.net.cn')) return
    faults.push(`the page says ${message.text()} (${url})`)
  })
  return faults
}

function run(command: string, cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, { cwd, shell: true, encoding: 'utf8' })
  if (status !== 0) throw new Error(`\`${command}\` failed in ${cwd}:\n${stdout}\n${stderr}`)
}
