import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, own, type JsonObject } from '../shared/json'
import type { Audit } from './audit'
import { readConfigFile, replaceFile, hashVersion, type Reading } from './config-file'
import { AdminError } from './errors'
import type { CaptchaModule } from './module'
import type { RuleRequest } from './requests'
import { withoutSecrets } from './secrets'
import { changesBetween } from './changes'
import { toSecretsChange, listSites, type SiteChange } from './sites'
import { toVersionChanges, readSubmission, readVersion, type Submission } from './submission'
import type { Versions } from './versions'
import type {
  Actor,
  AuditEntry,
  Author,
  Change,
  KeptVersion,
  PresentConfig,
  Problem,
  SiteSummary,
} from '../../uni_modules/uni-captcha/types/protocol'

export interface EditingDeps {
  module: CaptchaModule
  versions: Versions
  audit: Audit
  /** Keys the versions. */
  key: Buffer
  now(): number
}

const LOCK = 'uni-captcha administration: writing config.json'
const LOCK_MS = 10_000
const LOCK_TRIES = 60
const LOCK_PAUSE_MS = 50

/** Reads, checks and replaces the module's `config.json`, and no other file. */
export class Editing {
  constructor(private readonly deps: EditingDeps) {}

  /** The file as it is now, without secrets. */
  present(): PresentConfig {
    const reading = this.read()
    const { version, config, modifiedAt } = reading
    const isReadable = config !== undefined
    const text = isReadable ? toText(withoutSecrets(config)) : ''
    const checked = isReadable ? readSubmission(text, config, this.deps.module) : undefined
    return { version, text, isReadable, modifiedAt, by: this.lastChange(version), problems: checked?.problems ?? [] }
  }

  /** What a text would be in place of the present configuration. */
  submission(text: string): Submission & { version: string } {
    const { version, config } = this.read()
    return { version, ...readSubmission(text, config ?? {}, this.deps.module) }
  }

  /** Writes a whole configuration. Throws `Stale`, `ConfigUnreadable`, `InvalidConfig`, `Busy` or `WriteFailed`. */
  save(actor: Actor, version: string, text: string): Promise<{ version: string }> {
    return this.exclusively(() => {
      return this.submit(actor, this.readable(this.upToDate(version)), text)
    })
  }

  /** Puts a kept version back; present secrets stay. Throws as `save`, and `NoSuchVersion`. */
  goBack(actor: Actor, version: string, id: string): Promise<{ version: string }> {
    return this.exclusively(() => {
      const present = this.upToDate(version)
      const content = this.deps.versions.read(id)
      if (content === undefined) throw new AdminError('NoSuchVersion', 'There is no such version')
      // A file that cannot be read keeps nothing: the version comes back with the secrets of its time.
      const { config, problems, changes } = readVersion(content, present.config ?? {}, this.deps.module)
      if (!config || problems.length > 0) {
        throw new AdminError('InvalidConfig', 'That version is not valid any more', { problems })
      }
      return this.replace(actor, present, config, 'went back', changes)
    })
  }

  /** Puts a rule before all others, in place of those for the same text of a network. Throws as `save`. */
  putRule(actor: Actor, { network, action, until = '', note = '' }: RuleRequest): Promise<{ version: string }> {
    const rule = { network, action, ...(until && { until }), ...(note && { note }) }
    return this.changeRules(actor, (rules) => [rule, ...withoutNetwork(rules, network)])
  }

  /** Removes the rules for a network, as it is written. Throws as `save`. */
  removeRules(actor: Actor, network: string): Promise<{ version: string }> {
    return this.changeRules(actor, (rules) => withoutNetwork(rules, network))
  }

  /** The sites of the live configuration, and its version. */
  sites(): { version: string; sites: SiteSummary[] } {
    const { version, config } = this.read()
    return { version, sites: listSites(config ?? {}) }
  }

  /** Changes the sites of that version. Throws as `save`, and what `change` throws. */
  changeSites<Changed extends SiteChange>(
    actor: Actor,
    version: string,
    change: (config: JsonObject) => Changed,
    action: AuditEntry['action'] = 'saved',
  ): Promise<Omit<Changed, 'config'> & { version: string }> {
    return this.exclusively(() => {
      const before = this.readable(this.upToDate(version))
      const { config, ...told } = change(before.config)
      const { problems } = this.deps.module.run((api) => api.checkConfig(config))
      if (problems.length > 0) throw invalid(problems)
      if (isDeepStrictEqual(config, before.config)) return { ...told, version: before.version }
      const shown = changesBetween(withoutSecrets(before.config), withoutSecrets(config))
      const changes = action === 'saved' ? shown : [toSecretsChange(before.config, config, told.siteKey)]
      return { ...told, ...this.replace(actor, before, config, action, changes) }
    })
  }

  /** A change of the rules alone needs no version: it goes on top of whatever is live. */
  private changeRules(actor: Actor, change: (rules: unknown[]) => unknown[]): Promise<{ version: string }> {
    return this.exclusively(() => {
      const present = this.readable(this.read())
      const given = own(present.config, 'rules')
      const rules = change(Array.isArray(given) ? given : [])
      const { rules: _, ...others } = withoutSecrets(present.config)
      const submitted = rules.length > 0 ? { ...others, rules } : others
      return this.submit(actor, present, JSON.stringify(submitted))
    })
  }

  /** The kept versions, each with what going back to it would change. */
  history(): KeptVersion[] {
    const present = this.read().config ?? {}
    return this.deps.versions.list().map(({ id, replacedAt }) => {
      const content = this.deps.versions.read(id) ?? '{}'
      return { id, replacedAt, changes: toVersionChanges(content, present) }
    })
  }

  private submit(actor: Actor, present: Reading, text: string): { version: string } {
    const { config, problems, changes } = readSubmission(text, present.config ?? {}, this.deps.module)
    if (!config || problems.length > 0) throw invalid(problems)
    return changes.length === 0 ? { version: present.version } : this.replace(actor, present, config, 'saved', changes)
  }

  private read(): Reading {
    const file = this.deps.module.run((api) => api.configFile())
    return readConfigFile(file, this.deps.key)
  }

  private readable(present: Reading): Reading & { config: JsonObject } {
    const { config, mistake } = present
    if (!config) throw new AdminError('ConfigUnreadable', `${mistake}; repair it by hand`)
    return { ...present, config }
  }

  private upToDate(version: string): Reading {
    const present = this.read()
    if (present.version === version) return present
    const by = this.lastChange(present.version)
    throw new AdminError('Stale', 'Another version has been saved meanwhile', { by, modifiedAt: present.modifiedAt })
  }

  /** Who made this version live; undefined when it was not made here. */
  private lastChange(version: string): Author | undefined {
    const entry = this.deps.audit.findChange(version)
    return entry && { at: entry.at, address: entry.address, name: entry.name }
  }

  private replace(
    actor: Actor,
    present: Reading,
    config: JsonObject,
    action: AuditEntry['action'],
    changes: Change[],
  ): { version: string } {
    const { module, versions, audit, key, now } = this.deps
    const content = toText(config)
    const entry = { at: now(), ...actor, action, version: hashVersion(content, key), changes }
    try {
      versions.keep(present, entry.at)
      audit.append(entry)
      replaceFile(
        module.run((api) => api.configFile()),
        content,
      )
    } catch (error) {
      const { code = 'unknown' } = error as { code?: string }
      this.noteFailure({ at: now(), ...actor, action: 'failed to write' })
      throw new AdminError('WriteFailed', `The file could not be written (${code})`, { reason: code })
    }
    return { version: entry.version }
  }

  /** The disk that could not take the file may not take this line either. */
  private noteFailure(entry: AuditEntry): void {
    try {
      this.deps.audit.append(entry)
    } catch {
      // told by the answer
    }
  }

  /** One writer at a time in all processes; what a process that died has claimed is free after ten seconds. */
  private async exclusively<T>(work: () => T): Promise<T> {
    const { module } = this.deps
    for (let attempt = 0; attempt < LOCK_TRIES; attempt++) {
      const token = await module.run((api) => api.stores().once.claim(LOCK, LOCK_MS))
      if (token !== undefined) {
        try {
          return work()
        } finally {
          // What is saved is saved, and the claim ends by itself.
          await module.run((api) => api.stores().once.release(LOCK, token)).catch(() => undefined)
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
    }
    throw new AdminError('Busy', 'Another person is saving; try again')
  }
}

function invalid(problems: Problem[]): AdminError {
  return new AdminError('InvalidConfig', 'The configuration is not valid', { problems })
}

function withoutNetwork(rules: unknown[], network: string): unknown[] {
  return rules.filter((rule) => !isJsonObject(rule) || own(rule, 'network') !== network)
}

function toText(config: JsonObject): string {
  return `${JSON.stringify(config, null, 2)}\n`
}
