import type { Logger } from 'pino'
import { isCode } from '../secret'
import { isJsonObject } from '../shared/json'
import { runInScope } from './call'
import type { UniCloudApi } from './unicloud'
import type { CloudLoader } from '../functions/load'
import type { CloudResolver } from '../functions/resolve'
import type { ProjectScan } from '../functions/scan'

/** Where a project's modules are loaded from. */
export interface CloudProject {
  dir: string
  scan: ProjectScan
  resolver: CloudResolver
  loader: CloudLoader
}

/**
 * What a common module of the project exports, or a file of it (`uni-captcha/admin`), loaded as cloud code loads it.
 * Undefined where there is none with functions of all these names, or it cannot be loaded, which is logged.
 */
export function loadCommonModule<Exports>(
  request: string,
  names: readonly (keyof Exports & string)[],
  project: CloudProject,
  api: UniCloudApi,
  log: Logger,
): Exports | undefined {
  const [module = '', ...path] = request.split('/')
  for (const directory of project.scan.commonModules.get(module) ?? []) {
    const file = resolved(project.resolver, [directory, ...path].join('/'), `${project.dir}/package.json`)
    if (file === undefined) continue
    try {
      const exported = runInScope({ api }, () => project.loader.load(file))
      if (isJsonObject(exported) && names.every((name) => typeof exported[name] === 'function'))
        return exported as Exports
    } catch (err) {
      log.error({ err }, `${request} could not be loaded`)
    }
  }
  return undefined
}

function resolved(resolver: CloudResolver, request: string, from: string): string | undefined {
  try {
    return resolver.resolve(request, from).file
  } catch (error) {
    if (isCode(error, 'MODULE_NOT_FOUND')) return undefined
    throw error
  }
}
