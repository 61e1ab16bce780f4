import { realpathSync, statSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import { isDirectory, readManifest, type ProjectScan } from './scan'

const EXTENSIONS = ['.js', '.ts', '.cjs', '.json', '.node']
const BUILTINS = new Set(builtinModules)

/** Where a request leads: a file of cloud code that the host's own loader runs, or one for Node's. */
export interface Resolved {
  file: string
  isCloudCode: boolean
}

/**
 * Finds what cloud code requires, as uniCloud does: common modules through the `file:` dependencies of the nearest
 * package.json, then what Node itself would find. A common module without that dependency is found by its name, with a
 * warning, because on uniCloud it would be missing.
 */
export class CloudResolver {
  private readonly manifests = new Map<string, JsonObject>()
  private readonly roots: string[]
  private readonly warned = new Set<string>()

  constructor(
    private readonly projectDir: string,
    private readonly scan: ProjectScan,
    private readonly warn: (message: string) => void,
  ) {
    this.roots = scan.roots.map((root) => realpathSync(root))
  }

  /** Throws an error with code MODULE_NOT_FOUND, as Node's require does. */
  resolve(request: string, from: string): Resolved {
    if (BUILTINS.has(request) || request.startsWith('node:')) return { file: request, isCloudCode: false }
    if (request.startsWith('./') || request.startsWith('../') || request === '.' || request === '..') {
      return this.found(asFile(resolve(dirname(from), request)), request, from)
    }
    if (isAbsolute(request)) return this.found(asFile(request), request, from)
    return this.resolvePackage(request, from)
  }

  isCloudCode(file: string): boolean {
    return this.roots.some(
      (root) => isBelow(file, root) && !file.slice(root.length).includes(`${sep}node_modules${sep}`),
    )
  }

  private resolvePackage(request: string, from: string): Resolved {
    const [scope = '', second] = request.split('/')
    const name = scope.startsWith('@') && second ? `${scope}/${second}` : scope
    const rest = request.slice(name.length + 1)
    const declared = this.declaredModule(name, from)
    if (declared) return this.found(asFile(join(declared, rest)) ?? this.overlay(name, rest), request, from)
    for (const base of [from, join(this.projectDir, 'package.json')]) {
      const file = nodeResolve(request, base)
      if (file) return { file, isCloudCode: this.isCloudCode(file) }
    }
    const file = this.overlay(name, rest)
    if (file) this.warnOnce(`"${name}" is required without a "file:" dependency; uniCloud would not find it.`, from)
    return this.found(file, request, from)
  }

  /** The directory that the nearest package.json with this `file:` dependency points to. */
  private declaredModule(name: string, from: string): string | undefined {
    for (const directory of parents(dirname(from), this.roots)) {
      const dependency = own(this.readDependencies(directory), name)
      if (typeof dependency !== 'string' || !dependency.startsWith('file:')) continue
      const target = resolve(directory, dependency.slice('file:'.length))
      const exists = isDirectory(target)
      const [byName] = this.scan.commonModules.get(name) ?? []
      // A plugin that is linked into this project points to modules beside where it really lies.
      if (exists && (!byName || this.isCloudCode(realpathSync(target)))) return target
      if (byName && !exists) {
        this.warnOnce(`The dependency "${name}" points to a missing directory; ${byName} is used.`, from)
      }
      return byName
    }
    return undefined
  }

  /** Configuration may lie in the project's copy of a common module and the code in a plugin's: all copies are asked. */
  private overlay(name: string, rest: string): string | undefined {
    for (const directory of this.scan.commonModules.get(name) ?? []) {
      const file = asFile(join(directory, rest))
      if (file) return file
    }
    return undefined
  }

  private readDependencies(directory: string): JsonObject {
    let manifest = this.manifests.get(directory)
    if (!manifest) {
      const warnings: string[] = []
      manifest = readManifest(directory, warnings)
      warnings.forEach(this.warn)
      this.manifests.set(directory, manifest)
    }
    const dependencies = own(manifest, 'dependencies')
    return isJsonObject(dependencies) ? dependencies : {}
  }

  private found(file: string | undefined, request: string, from: string): Resolved {
    if (file !== undefined) {
      const real = realpathSync(file)
      return { file: real, isCloudCode: this.isCloudCode(real) || isSharedSource(real) }
    }
    const where = relative(this.projectDir, from)
    throw Object.assign(new Error(`Cannot find module '${request}', required by ${where}`), {
      code: 'MODULE_NOT_FOUND',
    })
  }

  private warnOnce(message: string, from: string): void {
    const text = `${relative(this.projectDir, from)}: ${message}`
    if (this.warned.has(text)) return
    this.warned.add(text)
    this.warn(text)
  }
}

/** TypeScript beside the cloud directories, which a plugin's components share with its cloud code. */
function isSharedSource(file: string): boolean {
  return extname(file) === '.ts' && !file.includes(`${sep}node_modules${sep}`)
}

function asFile(path: string): string | undefined {
  if (isFileAt(path)) return path
  for (const extension of EXTENSIONS) if (isFileAt(path + extension)) return path + extension
  if (!isDirectory(path)) return undefined
  const main = own(readManifest(path, []), 'main')
  // A TypeScript source tree keeps the package.json of the built one: its "index.js" is index.ts here.
  const entries =
    typeof main === 'string' ? [main, main.replace(/\.c?js$/, '.ts'), `${main}.js`, `${main}/index.js`] : []
  for (const entry of [...entries, 'index.js', 'index.ts', 'index.json']) {
    const file = join(path, entry)
    if (isFileAt(file)) return file
  }
  return undefined
}

function nodeResolve(request: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(request)
  } catch {
    return undefined
  }
}

function* parents(directory: string, roots: string[]): Generator<string> {
  for (let at = directory; basename(at) !== '' && !roots.includes(at); at = dirname(at)) yield at
}

function isBelow(file: string, root: string): boolean {
  return file.startsWith(root + sep)
}

function isFileAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
