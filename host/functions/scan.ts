import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { readRelaxedJsonFile } from '../files/json-file'
import { isJsonObject, type JsonObject } from '../shared/json'

/** A cloud function or cloud object found on disk. */
export interface FoundFunction {
  name: string
  kind: 'cloudobject' | 'cloudfunction'
  directory: string
  entry: string
  manifest: JsonObject
}

/** Everything of a project that the host serves. */
export interface ProjectScan {
  functions: Map<string, FoundFunction>
  /** Directories of common modules by name; the first one wins where no dependency says otherwise. */
  commonModules: Map<string, string[]>
  /** The cloudfunctions directories: code below them is cloud code. */
  roots: string[]
  /** The database directories. */
  databases: string[]
  warnings: string[]
}

const OBJECT_ENTRIES = ['index.obj.js', 'index.obj.ts']
const FUNCTION_ENTRIES = ['index.js', 'index.ts']

/**
 * Finds what a uni-app project offers. The project's own `uniCloud*` directories come before `uni_modules`, so a
 * project can replace a plugin's function; each such case is a warning that says which one wins.
 */
export function scanProject(projectDir: string): ProjectScan {
  const clouds = cloudDirectories(projectDir)
  const scan: ProjectScan = { functions: new Map(), commonModules: new Map(), roots: [], databases: [], warnings: [] }
  for (const cloud of clouds) {
    const database = join(cloud, 'database')
    if (isDirectory(database)) scan.databases.push(database)
    const root = join(cloud, 'cloudfunctions')
    if (!isDirectory(root)) continue
    scan.roots.push(root)
    for (const name of directoriesIn(root)) {
      if (name === 'common') addCommonModules(scan, join(root, name))
      else addFunction(scan, projectDir, name, join(root, name))
    }
  }
  return scan
}

function cloudDirectories(projectDir: string): string[] {
  const places = sourceDirectories(projectDir)
  const own = places.flatMap((place) => uniCloudDirectories(place))
  const plugins = places.flatMap((place) => {
    const modules = join(place, 'uni_modules')
    return directoriesIn(modules).map((plugin) => join(modules, plugin, 'uniCloud'))
  })
  return [...own, ...plugins.filter(isDirectory)]
}

/**
 * Where a project's parts lie: all in one directory (HBuilderX), or with the pages and `uni_modules` in `src` (CLI), where
 * `uniCloud-*` may be beside `src` or in it. Both directories of a CLI project name the same project.
 */
function sourceDirectories(projectDir: string): string[] {
  const source = join(projectDir, 'src')
  if (isSource(source)) return [projectDir, source]
  // A directory with a manifest of its own is another project.
  const parent = dirname(projectDir)
  const isCli = basename(projectDir) === 'src' && isSource(projectDir) && !existsSync(join(parent, 'manifest.json'))
  return isCli ? [projectDir, parent] : [projectDir]
}

/** `src` of some other project, a plain library say, is nothing of uni-app's. */
function isSource(directory: string): boolean {
  const names = ['manifest.json', 'pages.json', 'uni_modules']
  return names.some((name) => existsSync(join(directory, name))) || uniCloudDirectories(directory).length > 0
}

function uniCloudDirectories(directory: string): string[] {
  return directoriesIn(directory)
    .filter((name) => /^uniCloud(-[a-z]+)?$/.test(name))
    .map((name) => join(directory, name))
}

function addCommonModules(scan: ProjectScan, directory: string): void {
  for (const name of directoriesIn(directory)) {
    scan.commonModules.set(name, [...(scan.commonModules.get(name) ?? []), join(directory, name)])
  }
}

function addFunction(scan: ProjectScan, projectDir: string, name: string, directory: string): void {
  const object = OBJECT_ENTRIES.find((file) => existsSync(join(directory, file)))
  const plain = FUNCTION_ENTRIES.find((file) => existsSync(join(directory, file)))
  const file = object ?? plain
  if (!file) return
  const winner = scan.functions.get(name)
  if (winner) {
    const [kept, dropped] = [winner.directory, directory].map((one) => relative(projectDir, one))
    scan.warnings.push(`Two cloud functions are named "${name}": ${kept} is served, ${dropped} is not.`)
    return
  }
  const manifest = readManifest(directory, scan.warnings)
  const kind = object ? 'cloudobject' : 'cloudfunction'
  scan.functions.set(name, { name, kind, directory, entry: join(directory, file), manifest })
}

/** The package.json of a directory, or an empty object; an unreadable one is a warning. */
export function readManifest(directory: string, warnings: string[]): JsonObject {
  const file = join(directory, 'package.json')
  if (!existsSync(file)) return {}
  try {
    const manifest = readRelaxedJsonFile(file)
    if (isJsonObject(manifest)) return manifest
    warnings.push(`${file} is not a JSON object and is ignored.`)
  } catch (error) {
    warnings.push(`It is ignored: ${error instanceof Error ? error.message : String(error)}`)
  }
  return {}
}

/** The configuration of uni-id among the directories of `uni-config-center`. */
export function findUniIdConfig(directories: readonly string[]): string | undefined {
  return directories.map((directory) => join(directory, 'uni-id/config.json')).find((file) => existsSync(file))
}

function directoriesIn(directory: string): string[] {
  if (!isDirectory(directory)) return []
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules' && isDirectory(join(directory, name)))
    .sort()
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
