import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { makeFolder } from '../../support/folder'
import { writeFiles } from '../../support/project'
import { root } from './host-process'

/** Of uni-captcha, in a project. */
const CONFIG = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center/uni-captcha/config.json'

interface BuiltProject {
  folder: string
  /** `config.json` of uni-captcha as it is on disk. */
  config: () => Record<string, unknown>
  remove: () => void
}

/** What `config.json` of uni-captcha says otherwise: `seconds` of work by scene, and other options by name. */
interface Changes {
  seconds?: Record<string, number>
  options?: object
}

/** A copy of the built project, whose configuration may be changed: what is written into it stays in it. */
export function copyBuiltProject(changes?: Changes): BuiltProject {
  const { folder, remove } = makeFolder('built')
  cpSync(join(root, 'dist/hbuilderx'), folder, { recursive: true })
  const read = () => JSON.parse(readFileSync(join(folder, CONFIG), 'utf8')) as Record<string, unknown>
  if (changes) {
    const { seconds = {}, options = {} } = changes
    const config = read()
    const scene = config['scene'] as Record<string, { work: object }>
    for (const [name, value] of Object.entries(seconds)) Object.assign(scene[name]!.work, { seconds: value })
    writeFiles(folder, { [CONFIG]: { ...config, ...options } })
  }
  return { folder, config: read, remove }
}
