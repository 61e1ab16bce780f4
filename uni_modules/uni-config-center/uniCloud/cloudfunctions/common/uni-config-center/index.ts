import { existsSync, readdirSync, statSync } from 'fs'
import { basename, dirname, join, resolve } from 'path'

import { readJsonFile } from './json-file'
import { merge, readPath } from './values'

export interface ConfigOptions {
  /** The plugin's name: its files lie in a directory of this name. */
  pluginId: string
  /** What holds where `config.json` says nothing; objects are merged, anything else is replaced. */
  defaultConfig?: object
  /** In place of the merging above. */
  customMerge?: (defaults: object, config: unknown) => unknown
  /** Where the plugin's directory lies, when not beside this module. */
  root?: string
}

/** The configuration files of one plugin. */
export interface PluginConfig {
  /** The whole of `config.json` over the defaults, or the value at a path such as `scene.login` or `list[0].name`. */
  // A configuration has the shape that its author gave it; its reader checks it.
  // oxlint-disable-next-line typescript/no-explicit-any
  config(path?: string, fallback?: unknown): any
  hasFile(name: string): boolean
  /** The absolute path of a file of this plugin, whether it exists or not. */
  resolve(name: string): string
  /** What a `.js` or `.json` file holds, or undefined when there is none. */
  requireFile(name: string): unknown
}

/**
 * Opens a plugin's configuration: `<pluginId>/config.json` beside this module or, in a project on one's own machine, in
 * its own uniCloud directory, which wins. A changed `config.json` is read again.
 */
export function createConfig(options: ConfigOptions): PluginConfig {
  const { pluginId, defaultConfig = {}, customMerge = merge, root } = options
  if (typeof pluginId !== 'string' || pluginId === '') throw new TypeError('createConfig needs a pluginId')
  const directories = (root === undefined ? ROOTS : [root]).map((one) => resolve(one, pluginId))
  const [home = ''] = directories

  const resolveFile = (name: string): string => {
    const places = directories.map((one) => resolve(one, name))
    return places.find((place) => existsSync(place)) || resolve(home, name)
  }
  return {
    config: (path, fallback) => {
      const whole = customMerge(defaultConfig, readJson(resolveFile('config.json')))
      return path ? readPath(whole, path, fallback) : whole
    },
    hasFile: (name) => existsSync(resolveFile(name)),
    resolve: resolveFile,
    requireFile: (name) => {
      const file = resolveFile(name)
      if (!existsSync(file)) return undefined
      return name.endsWith('.json') ? readJsonFile(file) : require(file)
    },
  }
}

const ROOTS = [...projectRoots(), __dirname]

/** The project's own copies of this module's directory, when this one is still inside the project's `uni_modules`. */
function projectRoots(): string[] {
  const parts = ['uni_modules', 'uni-config-center', 'uniCloud', 'cloudfunctions', 'common', 'uni-config-center']
  if (!__dirname.endsWith(join(...parts))) return []
  const project = parts.reduce((path) => dirname(path), __dirname)
  // In a CLI project uni_modules lie in src, and the cloud's directories there or beside it.
  const places = basename(project) === 'src' ? [project, dirname(project)] : [project]
  return places
    .reduce<string[]>((directories, place) => [...directories, ...cloudDirectories(place)], [])
    .map((directory) => join(directory, 'cloudfunctions', 'common', 'uni-config-center'))
    .filter((path) => existsSync(path))
}

function cloudDirectories(place: string): string[] {
  const names = readdirSync(place).filter((name) => /^uniCloud(-[a-z]+)?$/.test(name))
  return names.sort().map((name) => join(place, name))
}

interface Reading {
  stamp: string
  value: unknown
}

const readings = new Map<string, Reading>()

function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined
  const { mtimeMs, size } = statSync(file)
  const stamp = `${mtimeMs} ${size}`
  const known = readings.get(file)
  if (known && known.stamp === stamp) return known.value
  const value = readJsonFile(file)
  readings.set(file, { stamp, value })
  return value
}

export default createConfig

// Cloud functions call what `require` gives them: require('uni-config-center')({ pluginId }).
Object.assign(module, { exports: createConfig })
