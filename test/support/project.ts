// Projects for the host, in folders of their own.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root } from './host'

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const PLUGINS = ['uni-captcha', 'uni-sms-code', 'uni-config-center']

/** Files by path; what is not a string is written as JSON. */
export type Files = Record<string, string | Uint8Array | object>

export interface ProjectContent {
  /** The plugins as they are in this repository, or as `build('hbuilderx')` wrote them. */
  plugins?: 'source' | 'built'
  /** The configuration of each plugin, by its name. */
  config?: Record<string, object>
  /** The JavaScript of cloud objects that require uni-captcha, by their names. */
  objects?: Record<string, string>
  /** Anything else. */
  files?: Files
}

/** Writes files into a folder, with the folders that they need. */
export function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    const isWritten = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(file, isWritten ? content : JSON.stringify(content))
  }
}

/**
 * Copies plugins as they are in the repository, and links the packages that their source requires. `isCopied` leaves
 * files out by their path.
 */
export function copyPlugins(folder: string, plugins = PLUGINS, isCopied = (_path: string) => true): void {
  for (const plugin of plugins) {
    const from = join(root, 'uni_modules', plugin)
    cpSync(from, join(folder, 'uni_modules', plugin), { recursive: true, filter: isCopied })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** Writes a project with the plugins into a folder. Answers the folder. */
export function makeProject(folder: string, content: ProjectContent = {}): string {
  const { plugins = 'source', config = {}, objects = {}, files = {} } = content
  if (plugins === 'source') copyPlugins(folder)
  else cpSync(join(root, 'dist/hbuilderx/uni_modules'), join(folder, 'uni_modules'), { recursive: true })
  for (const [plugin, values] of Object.entries(config)) {
    writeFiles(folder, { [`${CENTER}/${plugin}/config.json`]: values })
  }
  const common = 'file:../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha'
  for (const [name, source] of Object.entries(objects)) {
    writeFiles(join(folder, 'uniCloud/cloudfunctions', name), {
      'index.obj.js': source,
      'package.json': { name, dependencies: { 'uni-captcha': common } },
    })
  }
  writeFiles(folder, files)
  return folder
}
