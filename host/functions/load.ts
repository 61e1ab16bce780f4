import { createRequire, Module } from 'node:module'
import { dirname, extname } from 'node:path'
import { transformSync } from 'esbuild'
import { readCodeFile, readJsonFile } from '../files/json-file'
import type { CloudResolver } from './resolve'

type Require = ((request: string) => unknown) & { resolve(request: string): string }

interface CloudModule {
  exports: unknown
  readonly id: string
  readonly filename: string
  loaded: boolean
}

type Wrapper = (exports: unknown, require: Require, module: CloudModule, file: string, directory: string) => void

/** Node's own module object; `_compile` is what every require hook builds on, and what makes source maps work. */
interface NodeModule {
  exports: unknown
  _compile(code: string, file: string): void
}

/**
 * Runs cloud code as CommonJS, each file once for this host. It is a loader of its own, not a hook in Node's: two hosts
 * in one process never share a module, and nothing outside the cloud code directories is touched.
 */
export class CloudLoader {
  private readonly cache = new Map<string, CloudModule>()

  constructor(private readonly resolver: CloudResolver) {}

  /** What the file exports. Throws what its code throws, or that it cannot be compiled. */
  load(file: string): unknown {
    const cached = this.cache.get(file)
    if (cached) return cached.exports
    const module: CloudModule = { exports: {}, id: file, filename: file, loaded: false }
    this.cache.set(file, module)
    try {
      this.run(module, file)
      module.loaded = true
    } catch (error) {
      this.cache.delete(file)
      throw error
    }
    return module.exports
  }

  private run(module: CloudModule, file: string): void {
    if (extname(file) === '.json') {
      module.exports = readJsonFile(file)
      return
    }
    const wrapper = compile(compiled(readCodeFile(file), file), file)
    wrapper(module.exports, this.requireFrom(file), module, file, dirname(file))
  }

  private requireFrom(from: string): Require {
    const nodeRequire = createRequire(from)
    const require = (request: string): unknown => {
      const { file, isCloudCode } = this.resolver.resolve(request, from)
      return isCloudCode && extname(file) !== '.node' ? this.load(file) : nodeRequire(file)
    }
    const resolve = (request: string) => this.resolver.resolve(request, from).file
    return Object.assign(require, { resolve })
  }
}

function compiled(source: string, file: string): string {
  if (extname(file) !== '.ts') return source
  return transformSync(source, {
    loader: 'ts',
    format: 'cjs',
    target: 'node20',
    // A lazy `import()` is a later `require`: Node's own would not find TypeScript, nor keep to this loader.
    supported: { 'dynamic-import': false },
    sourcemap: 'inline',
    sourcefile: file,
  }).code
}

function compile(code: string, file: string): Wrapper {
  const module = new (Module as unknown as new (id: string) => NodeModule)(file)
  // On the first line, so that line numbers stay true.
  module._compile(`module.exports = function (exports, require, module, __filename, __dirname) { ${code}\n}`, file)
  return module.exports as Wrapper
}
