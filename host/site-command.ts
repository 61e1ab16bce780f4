import { parseArgs } from 'node:util'
import { readConfigFile, replaceFile } from './admin/config-file'
import { CaptchaModule } from './admin/index'
import { AdminError } from './admin/errors'
import { addSite, retireSecret, rotateSecret, type SecretChange, type SiteChange } from './admin/sites'
import { CloudLoader } from './functions/load'
import { CloudResolver } from './functions/resolve'
import { scanProject } from './functions/scan'
import { createLog } from './log'
import { runInScope } from './runtime/call'
import { installGlobals } from './runtime/globals'
import { SettingError, type HostSettings } from './settings'
import type { JsonObject } from './shared/json'

const USAGE = `uni-captcha-host site add --host example.com --scene login [--key KEY] [--token-seconds N]
uni-captcha-host site rotate KEY
uni-captcha-host site retire KEY
--host and --scene may be repeated.`

/**
 * `site add`, `site rotate` and `site retire`: changes `sites` in config.json of the project, and says a new secret once.
 * Throws SettingError for a command that cannot be done.
 */
export function runSiteCommand(given: readonly string[], settings: HostSettings, say: (text: string) => void): void {
  const change = parse(given)
  const module = loadModule(settings)
  const file = module.run((api) => api.configFile())
  const key = Buffer.alloc(32)
  const { config, version, mistake } = readConfigFile(file, key)
  if (!config) throw new SettingError(`${file}: ${mistake}; repair it by hand.`)
  const { config: changed, siteKey, secret } = changeOrRefuse(change, config)
  const [problem] = module.run((api) => api.checkConfig(changed)).problems
  if (problem) throw new SettingError(problem.message.en)
  if (readConfigFile(file, key).version !== version) {
    throw new SettingError(`${file} has been changed meanwhile; try again.`)
  }
  replaceFile(file, `${JSON.stringify(changed, null, 2)}\n`)
  say(`Site key: ${siteKey}`)
  if (secret === undefined) return say('The newest secret alone is valid from now on.')
  say(`Secret:   ${secret}`)
  say('The secret is shown this once; the configuration holds its hash alone.')
}

type Change = (config: JsonObject) => SiteChange & Partial<SecretChange>

function parse(given: readonly string[]): Change {
  const [action, ...rest] = given
  const { values, positionals } = parseOptions(rest)
  const [siteKey = ''] = positionals
  if (action === 'rotate' && positionals.length === 1) return (config) => rotateSecret(config, siteKey)
  if (action === 'retire' && positionals.length === 1) return (config) => retireSecret(config, siteKey)
  if (action !== 'add' || positionals.length > 0 || !values.host || !values.scene) refuse(USAGE)
  const tokenSeconds = values['token-seconds'] === undefined ? undefined : Number(values['token-seconds'])
  const site = { siteKey: values.key, hosts: values.host!, scenes: values.scene!, tokenSeconds }
  return (config) => addSite(config, site)
}

function changeOrRefuse(change: Change, config: JsonObject): ReturnType<Change> {
  try {
    return change(config)
  } catch (error) {
    if (error instanceof AdminError) refuse(`${error.message}.`)
    throw error
  }
}

function parseOptions(given: string[]) {
  try {
    return parseArgs({
      args: given,
      allowPositionals: true,
      options: {
        key: { type: 'string' },
        host: { type: 'string', multiple: true },
        scene: { type: 'string', multiple: true },
        'token-seconds': { type: 'string' },
      },
    })
  } catch {
    return refuse(USAGE)
  }
}

function refuse(message: string): never {
  throw new SettingError(message)
}

/** The project's own module, without a database: where its configuration lies, and what is wrong with one. */
function loadModule(settings: HostSettings): CaptchaModule {
  const log = createLog({ ...settings, logLevel: 'silent' })
  const scan = scanProject(settings.projectDir)
  const resolver = new CloudResolver(settings.projectDir, scan, () => {})
  const api = {}
  installGlobals(api)
  const project = { dir: settings.projectDir, scan, resolver, loader: new CloudLoader(resolver) }
  const module = runInScope({ api }, () => CaptchaModule.load(project, api, log))
  return module ?? refuse(`There is no uni-captcha in the project ${settings.projectDir}; set PROJECT_DIR.`)
}
