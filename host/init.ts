import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { SettingError } from './settings'

const PACKAGE = 'uni-captcha-host'
/** What an editor or `git init` leaves in a folder that is empty otherwise. */
const IGNORED = new Set(['.git', '.DS_Store', '.idea', '.vscode'])

interface InitOptions {
  /** The arguments after `init`: a folder, or none for the current one. */
  args: readonly string[]
  cwd: string
  /** The folder of this program; `template` lies in it. */
  programDir: string
}

/**
 * `uni-captcha-host init [folder]`: writes a uni-app project with the plugin, a page and a cloud object that use it.
 * Answers what to type next. Throws SettingError for a folder that holds something.
 */
export function initProject({ args, cwd, programDir }: InitOptions): string {
  const [folder = '.', ...rest] = args
  if (rest.length > 0 || folder.startsWith('-')) {
    throw new SettingError(`init takes one folder: npx ${PACKAGE} init my-app`)
  }
  const template = join(programDir, 'template')
  if (!existsSync(template)) {
    throw new SettingError(`${template} is missing: only the packed host can make projects (npm run pack:host).`)
  }
  const target = resolve(cwd, folder)
  refuseUnlessEmpty(target)
  mkdirSync(target, { recursive: true })
  cpSync(template, target, { recursive: true })
  // npm leaves files of this name out of a package.
  renameSync(join(target, '_gitignore'), join(target, '.gitignore'))
  nameProject(target, programDir)
  return nextCommands(relative(cwd, target))
}

function refuseUnlessEmpty(target: string): void {
  if (!existsSync(target)) return
  let held: string[]
  try {
    held = readdirSync(target).filter((name) => !IGNORED.has(name))
  } catch {
    throw new SettingError(`${target} is a file; init needs a new or empty folder: npx ${PACKAGE} init my-app`)
  }
  if (held.length === 0) return
  const more = held.length > 1 ? ` and ${held.length - 1} more` : ''
  throw new SettingError(
    `${target} is not empty (${held[0]}${more}); init needs a new or empty folder: npx ${PACKAGE} init my-app`,
  )
}

/** The project is named after its folder and depends on this program from where this one was installed. */
function nameProject(target: string, programDir: string): void {
  const file = join(target, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name: string; devDependencies: Record<string, string> }
  const name = basename(target)
    .toLowerCase()
    .replace(/[^a-z\d._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  if (name) manifest.name = name
  const tarball = findTarball(programDir)
  if (tarball) manifest.devDependencies[PACKAGE] = `file:${relative(target, tarball).split(sep).join('/')}`
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)
}

/** The file that npm installed this program from; undefined when it came from a registry. */
function findTarball(programDir: string): string | undefined {
  const modules = dirname(programDir)
  try {
    const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string }>
    }
    const { resolved = '' } = packages[`node_modules/${PACKAGE}`] ?? {}
    return resolved.startsWith('file:') ? resolve(dirname(modules), resolved.slice('file:'.length)) : undefined
  } catch {
    return undefined
  }
}

function nextCommands(folder: string): string {
  const commands = [
    ...(folder === '' ? [] : [`cd ${/\s/.test(folder) ? `"${folder}"` : folder}`]),
    'npm install',
    'npm start',
  ]
  return [
    `The project is in ${folder === '' ? 'this folder' : folder}. Next:\n`,
    ...commands.map((command) => `  ${command}`),
    '\nThen open http://127.0.0.1:3000. Its readme.md says what is where.',
  ].join('\n')
}
