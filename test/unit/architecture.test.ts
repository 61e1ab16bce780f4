import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { build } from 'esbuild'
import { describe, expect, it, vi } from 'vitest'

const PLUGIN = 'uni_modules/uni-captcha'
const CLOUD = `${PLUGIN}/uniCloud`
const SMS_CLOUD = 'uni_modules/uni-sms-code/uniCloud'

function json<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

describe('the public API', () => {
  it('of the common module are these and no others', async () => {
    vi.stubGlobal('uniCloud', { database: () => ({ collection: () => ({}), command: {} }) })
    const api = await import('../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/index')
    vi.unstubAllGlobals()
    expect(Object.keys(api).sort()).toEqual([
      'countMessages',
      'create',
      'guard',
      'mergeConfig',
      'networkOf',
      'proof',
      'readMessages',
      'readRefused',
      'readStatistics',
      'refresh',
      'sites',
      'stores',
      'sweep',
      'verify',
      'version',
    ])
  })

  it('of the common module of SMS codes are these and no others', async () => {
    vi.stubGlobal('uniCloud', { database: () => ({ collection: () => ({}), command: {} }) })
    const api = await import('../../uni_modules/uni-sms-code/uniCloud/cloudfunctions/common/uni-sms-code/index')
    vi.unstubAllGlobals()
    expect(Object.keys(api).sort()).toEqual([
      'exchangeCode',
      'exchangePhoneNumber',
      'forbidden',
      'redeem',
      'sendCode',
      'sendOwnCode',
      'urlSettings',
      'verifyCode',
      'version',
    ])
  })

  it('of the cloud objects are these: everything they export is a network endpoint', async () => {
    // As the engine sees them: also what is not a function declaration, or is exported under another name.
    const exported = async (file: string): Promise<string[]> => {
      const { metafile } = await build({ entryPoints: [file], format: 'esm', metafile: true, write: false })
      return Object.values(metafile.outputs)[0]!.exports.sort()
    }
    expect(await exported(`${CLOUD}/cloudfunctions/uni-captcha-co/index.obj.ts`)).toEqual([
      '_before',
      '_timing',
      'answer',
      'challenge',
      'getChallenge',
      'getImageCaptcha',
      'getProofOfWork',
      'image',
      'openapi',
      'redeemProofOfWork',
      'redeemSolutions',
      'siteverify',
    ])
    expect(await exported(`${SMS_CLOUD}/cloudfunctions/uni-sms-code-co/index.obj.ts`)).toEqual([
      '_after',
      '_before',
      'getPhoneNumber',
      'sendEmail',
      'sendEmailCode',
      'sendSms',
      'sendSmsCode',
      'verifyEmail',
      'verifyEmailCode',
      'verifyPhoneNumber',
      'verifySms',
      'verifySmsCode',
    ])
    expect(await exported('uniCloud/cloudfunctions/uni-captcha-demo/index.obj.ts')).toEqual([
      '_before',
      'claim',
      'login',
      'verify',
      'verifyImageCode',
    ])
  })
})

describe('the collection', () => {
  const schema = json<{ permission: Record<string, boolean>; properties: Record<string, object> }>(
    `${CLOUD}/database/opendb-verify-codes.schema.json`,
  )

  it('is closed to clients', () => {
    expect(schema.permission).toEqual({ read: false, create: false, update: false, delete: false })
  })

  it('describes every column that the store writes and every one that is indexed', () => {
    const store = readFileSync(`${CLOUD}/cloudfunctions/common/uni-captcha/store/database.ts`, 'utf8')
    const [, row = ''] = /interface CodeRow \{([^}]+)\}/.exec(store) ?? []
    const written = [...row.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!)
    expect(written.length).toBeGreaterThan(6)
    const request = ['device_uuid', 'code_id', 'ip', 'call_options', 'kind', 'scene']
    const ofTokens = ['site', 'hostname', 'action', 'network', 'cdata', 'passed_date']
    const indexes = json<{ MgoKeySchema: { MgoIndexKeys: { Name: string }[] } }[]>(
      `${CLOUD}/database/opendb-verify-codes.index.json`,
    )
    const indexed = indexes.flatMap((index) => index.MgoKeySchema.MgoIndexKeys.map((key) => key.Name))
    for (const name of [...written, ...request, ...ofTokens, ...indexed])
      expect(Object.keys(schema.properties)).toContain(name)
  })

  it('of the counters is closed to clients and describes every column that is written or indexed', () => {
    const counters = json<typeof schema>(`${CLOUD}/database/uni-captcha-counters.schema.json`)
    expect(counters.permission).toEqual({ read: false, create: false, update: false, delete: false })
    const columns = (file: string, type: string) => {
      const store = readFileSync(`${CLOUD}/cloudfunctions/common/uni-captcha/store/${file}`, 'utf8')
      const [, row = ''] = new RegExp(`interface ${type} (?:extends \\w+ )?\\{([^}]+)\\}`).exec(store) ?? []
      return [...row.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!)
    }
    const written = [
      ...columns('database-counters.ts', 'CounterRow'),
      ...columns('database-tally.ts', 'TallyColumns'),
      ...columns('database-once.ts', 'ClaimRow'),
    ]
    expect(written.sort()).toEqual(Object.keys(counters.properties).sort())
    expect(written).toContain('expired_date')
  })

  it('of the statistics is closed to clients and describes every column that is written or indexed', () => {
    const statistics = json<typeof schema>(`${CLOUD}/database/uni-captcha-statistics.schema.json`)
    expect(statistics.permission).toEqual({ read: false, create: false, update: false, delete: false })
    const store = readFileSync(`${CLOUD}/cloudfunctions/common/uni-captcha/store/database-statistics.ts`, 'utf8')
    const [, row = ''] = /interface StatisticsRow \{([^}]+)\}/.exec(store) ?? []
    const written = [...row.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!)
    expect(written.sort()).toEqual(Object.keys(statistics.properties).sort())
    expect(written).toContain('hour')
  })

  it('has the same indexes in the file that older tools read', () => {
    const legacy = json<Record<string, { index: object }>>(`${CLOUD}/database/db_init.json`)
    expect(Object.keys(legacy).sort()).toEqual([
      'opendb-verify-codes',
      'uni-captcha-counters',
      'uni-captcha-statistics',
    ])
    for (const [name, { index }] of Object.entries(legacy)) {
      expect(index).toEqual(json(`${CLOUD}/database/${name}.index.json`))
    }
  })
})

describe('the repository', () => {
  const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n')

  it('holds no generated code, no build output and no database', () => {
    expect(tracked.filter((file) => /\.generated\.u?ts$|^dist\/|\.db(-\w+)?$|^node_modules\//.test(file))).toEqual([])
  })

  it('pins every dependency to one version, the same in both manifests, and the lock file is there', () => {
    const [root, host] = ['package.json', 'host/package.json'].map((file) => {
      const { dependencies, devDependencies } = json<Record<string, Record<string, string>>>(file)
      return { ...dependencies, ...devDependencies }
    }) as [Record<string, string>, Record<string, string>]
    for (const [name, version] of [...Object.entries(root), ...Object.entries(host)]) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-\d+)?$/)
    }
    const shared = Object.keys(root).filter((name) => Object.hasOwn(host, name))
    for (const name of shared) expect(root[name], name).toBe(host[name])
    expect(tracked).toContain('package-lock.json')
  })

  it('installs every dependency of the host where the built host in dist/ finds it', () => {
    const { packages } = json<{ packages: Record<string, { version?: string }> }>('package-lock.json')
    const { dependencies } = json<{ dependencies: Record<string, string> }>('host/package.json')
    for (const [name, version] of Object.entries(dependencies)) {
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
    }
    expect(Object.keys(packages).filter((place) => place.startsWith('host/'))).toEqual([])
  })

  it('needs no install script of any dependency: only these have one, and npm is told to run none', () => {
    expect(readFileSync('scripts/setup.mjs', 'utf8')).toContain("'ci', '--ignore-scripts'")
    const lock = json<{ packages: Record<string, { hasInstallScript?: boolean }> }>('package-lock.json')
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript)
    // esbuild only checks its binary, core-js prints an advertisement, fsevents is for another system,
    // openapi-core picks declaration files for an older TypeScript.
    const known = /(^|\/)node_modules\/(esbuild|core-js|core-js-pure|fsevents|@alicloud\/openapi-core)$/
    expect(scripted.map(([path]) => path).filter((path) => !known.test(path))).toEqual([])
  })

  it('is tested by its CI on every supported line of Node, by the command that contributors have', () => {
    const workflow = readFileSync('.github/workflows/ci.yml', 'utf8')
    const [, majors = ''] = /^ +node: \[([\d, ]+)\]$/m.exec(workflow) ?? []
    const { engines } = json<{ engines: { node: string } }>('package.json')
    expect(majors.split(', ').map(Number)).toEqual([20, 22, 24])
    expect(/^>=(\d+)\b/.exec(engines.node)?.[1]).toBe(majors.split(', ')[0])
    expect(workflow).toMatch(/^ +- run: \.ci\/run$/m)
    expect(readFileSync('.ci/run', 'utf8')).toMatch(/^npm test\nnpm run test:targets\nnpm run test:projects$/m)
  })

  it('dates each decision and names its context, decision and consequence', () => {
    for (const name of readdirSync('docs/decisions')) {
      const [heading = '', ...rest] = readFileSync(join('docs/decisions', name), 'utf8').split(/^## (?=.*\n\n20)/m)
      expect(heading, name).toMatch(/^# \S/)
      for (const entry of rest.length > 0 ? rest : [heading]) {
        expect(entry, `${name}: ${entry.slice(0, 60)}`).toMatch(
          /^20\d\d-\d\d-\d\d$[^]*\bContext\b[^]*\bDecision\b[^]*\bConsequence/m,
        )
      }
    }
  })

  it('calls Math.random nowhere in cloud code but where svg-captcha’s is replaced', () => {
    const folders = [CLOUD, SMS_CLOUD].map((cloud) => `${cloud}/cloudfunctions`)
    const sources = folders.flatMap(filesBelow).filter((file) => file.endsWith('.ts'))
    const users = sources.filter((file) => /\bMath\.random\(/.test(readFileSync(file, 'utf8')))
    expect(users).toEqual([])
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
}

describe('the kit of both plugins', () => {
  it('imports nothing of either: its own files, types of the wire, Node and the reader of configuration alone', () => {
    const kit = `${CLOUD}/cloudfunctions/common/uni-captcha/kit`
    const imported = readdirSync(kit).flatMap((file) =>
      [...readFileSync(join(kit, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, path]) => path!),
    )
    const allowed = /^(\.\/[\w-]+|crypto|(\.\.\/)+types\/protocol|(\.\.\/)+uni-config-center\/.*\/json-file)$/
    expect(imported.length).toBeGreaterThan(5)
    expect(imported.filter((path) => !allowed.test(path))).toEqual([])
  })
})

describe('the words of code and documents', () => {
  const FIGURATIVE = /\b(whoever|nobody|somebody|crew|rooms?|doors?|houses?)\b/gi

  it('are standard terms: no figure of speech stands for a module, an API, a caller or a worker', () => {
    const kinds = ['*.ts', '*.mts', '*.mjs', '*.js', '*.cjs', '*.vue', '*.css', '*.md', '*.yml', '*.yaml', 'Dockerfile']
    const files = execFileSync('git', ['ls-files', ...kinds], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(files.length).toBeGreaterThan(500)
    const found = files
      .filter((file) => file !== 'test/unit/architecture.test.ts' && existsSync(file))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(FIGURATIVE)].map(([word]) => `${file}: ${word}`))
    expect(found).toEqual([])
  })
})

describe('constants that are bounds', () => {
  const OLD_PREFIX = /\b(MOST|LONGEST|LARGEST|SHORTEST|LEAST|OLDEST|SMALLEST)(_[A-Z]\w*)?\b/g

  it('are named MAX_… or MIN_…, in code and in its comments', () => {
    const files = execFileSync('git', ['ls-files', '*.ts', '*.mts', '*.mjs', '*.vue'], { encoding: 'utf8' })
    const found = files
      .trim()
      .split('\n')
      .filter((file) => file !== 'test/unit/architecture.test.ts')
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(OLD_PREFIX)].map(([name]) => `${file}: ${name}`))
    expect(found).toEqual([])
  })
})

describe('functions', () => {
  const DEFINED = [
    /\bfunction\*? ([a-z]\w*Of(?:[A-Z]\w*)?)\b/g,
    /\b(?:const|let) ([a-z]\w*Of)(?:: [^=]+)? =(?!=)/g,
    /^ +(?:async )?(\w+Of)(?:<[^>]*>)?\([^)]*\)(?:: [^{]+)? \{$/gm,
    /^ +(?:readonly )?(\w+Of)\??(?:: \(|\(.*\): )/gm,
  ]
  /** Combinators of kinds, by the names that JSON Schema has; and what the module exports and others may use. */
  const KEPT = new Set(['oneOf', 'anyOf', 'listOf', 'networkOf'])
  const VERB = /^(is|has|get|name|find|redeem|warn|start)[A-Z]/

  const findNames = (text: string) => [
    ...new Set(DEFINED.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name))),
  ]

  it.each([
    'function codeOf(slot) {',
    'export function codeOf(',
    'async function codeOf<T>(slot: T) {',
    'const codeOf = (slot) => slot',
    'let codeOf: (slot: Slot) => string = other',
    '  codeOf(slot: Slot): string {',
    '  async codeOf(slot) {',
    '  codeOf: (slot) => slot,',
    '  codeOf(slot: Slot): string',
  ])('are found where they are defined: %s', (line) => {
    expect(findNames(line)).toEqual(['codeOf'])
  })

  it('are named by a verb that says what they do, none by "…Of"', () => {
    const kinds = ['*.ts', '*.mts', '*.mjs', '*.js', '*.cjs', '*.vue', '*.uts', '*.uvue']
    const files = execFileSync('git', ['ls-files', ...kinds], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(files.length).toBeGreaterThan(500)
    const found = files
      .filter((file) => file !== 'test/unit/architecture.test.ts' && existsSync(file))
      .flatMap((file) => findNames(readFileSync(file, 'utf8')).map((name) => ({ file, name })))
      .filter(({ name }) => !KEPT.has(name) && !VERB.test(name))
    expect(found).toEqual([])
  })
})

describe('what an import without an ending finds', () => {
  it('is one file: uni-app takes a .uts before the .ts of the same name, in every kind of project', () => {
    const files = execFileSync('git', ['ls-files', 'uni_modules', 'examples/x'], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .filter((file) => existsSync(file))
    const scripts = files.filter((file) => file.endsWith('.uts'))
    expect(scripts.length).toBeGreaterThan(5)
    expect(scripts.filter((file) => files.includes(file.replace(/\.uts$/, '.ts')))).toEqual([])
  })
})
