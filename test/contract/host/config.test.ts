import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { closeAll, invoke, openHost, writeProject } from '../support/host-project'

afterAll(closeAll)

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'
const READER = `const createConfig = require('uni-config-center')
const config = createConfig({ pluginId: 'reader', defaultConfig: { size: 4, colour: 'red' } })
module.exports = {
  read: () => ({
    whole: config.config(),
    size: config.config('size'),
    required: require('uni-config-center/reader/config.json'),
    hook: config.hasFile('hooks/index.js') && require(config.resolve('hooks/index.js')).name,
    file: config.requireFile('hooks/index.js').name,
    missing: (() => { try { return require.resolve('uni-config-center/absent.js') } catch (error) { return error.code } })(),
  }),
}`

/** A project with the shipped uni-config-center, a function that reads its configuration, and the given files. */
function projectWith(files: Record<string, string | object>, dependency: string): string {
  const projectDir = writeProject({
    'uniCloud/cloudfunctions/reader/index.obj.js': READER,
    'uniCloud/cloudfunctions/reader/package.json': { dependencies: { 'uni-config-center': dependency } },
    ...files,
  })
  cpSync(join(process.cwd(), CENTER, 'index.ts'), join(projectDir, CENTER, 'index.ts'))
  cpSync(join(process.cwd(), CENTER, 'json-file.ts'), join(projectDir, CENTER, 'json-file.ts'))
  cpSync(join(process.cwd(), CENTER, 'values.ts'), join(projectDir, CENTER, 'values.ts'))
  cpSync(join(process.cwd(), CENTER, 'package.json'), join(projectDir, CENTER, 'package.json'))
  return projectDir
}

const DECLARED = `file:../../../${CENTER}`
const EXPECTED = {
  whole: { size: 6, colour: 'red' },
  size: 6,
  required: { size: 6 },
  hook: 'hook',
  file: 'hook',
  missing: 'MODULE_NOT_FOUND',
}
const HOOK = "exports.name = 'hook'"

describe('uni-config-center on the host', () => {
  it.each([
    ['beside the plugin', CENTER, DECLARED],
    ["in the project's own directory", 'uniCloud/cloudfunctions/common/uni-config-center', DECLARED],
    ['behind a dependency that points nowhere', CENTER, 'file:../common/nowhere'],
  ])('finds configuration %s, by createConfig and by require', async (_where, place, dependency) => {
    const files = { [`${place}/reader/config.json`]: { size: 6 }, [`${place}/reader/hooks/index.js`]: HOOK }
    const host = await openHost({ projectDir: projectWith(files, dependency) })
    expect((await invoke(host, 'reader', 'read')).body.data).toEqual(EXPECTED)
  })

  it('serves a plugin that is linked into the project', async () => {
    const files = { [`${CENTER}/reader/config.json`]: { size: 6 }, [`${CENTER}/reader/hooks/index.js`]: HOOK }
    const projectDir = projectWith(files, DECLARED)
    const elsewhere = writeProject({
      'plugin/uniCloud/cloudfunctions/linked/index.obj.js': READER,
      'plugin/uniCloud/cloudfunctions/linked/package.json': {
        dependencies: {
          'uni-config-center': `file:../../../../uni-config-center/${CENTER.split('/').slice(2).join('/')}`,
        },
      },
    })
    mkdirSync(join(projectDir, 'uni_modules'), { recursive: true })
    symlinkSync(join(elsewhere, 'plugin'), join(projectDir, 'uni_modules/plugin'))
    const host = await openHost({ projectDir })
    expect((await invoke(host, 'linked', 'read')).body.data).toEqual(EXPECTED)
  })
})

describe('first rows and indexes', () => {
  const REMOVER = `const words = uniCloud.database().collection('words')
module.exports = {
  list: async () => ({ data: (await words.orderBy('_id', 'asc').get()).data }),
  remove: async () => words.doc('a').remove(),
}`
  const files = {
    'uniCloud/cloudfunctions/words/index.obj.js': REMOVER,
    'uniCloud/database/words.init_data.json': [{ _id: 'a' }, { _id: 'b' }],
  }

  it('are put into an empty collection once: a row that was removed stays removed', async () => {
    const first = await openHost({ projectDir: writeProject(files) })
    expect((await invoke(first, 'words', 'list')).body.data).toEqual({ data: [{ _id: 'a' }, { _id: 'b' }] })
    await invoke(first, 'words', 'remove')
    const { dataDir } = first
    await first.close()
    const again = await openHost({ projectDir: writeProject(files), dataDir })
    expect((await invoke(again, 'words', 'list')).body.data).toEqual({ data: [{ _id: 'b' }] })
  })

  it('are put there once when several hosts start on one file at the same time', async () => {
    const projectDir = writeProject({ ...files, 'uniCloud/database/words.init_data.json': [{ n: 1 }, { n: 2 }] })
    const first = await openHost({ projectDir: writeProject({}) })
    const settings = { projectDir, dataDir: first.dataDir }
    const [host] = await Promise.all([openHost(settings), openHost(settings), openHost(settings)])
    const { data } = (await invoke(host, 'words', 'list')).body.data as { data: object[] }
    expect(data).toHaveLength(2)
  })

  it('that cannot be used are named in the log, and the host serves', async () => {
    const projectDir = writeProject({ ...files, 'uniCloud/database/words.index.json': '{"not": "a list"}' })
    writeFileSync(join(projectDir, 'uniCloud/database/broken.init_data.json'), '[')
    const host = await openHost({ projectDir })
    const line = await host.log.saying('this database file cannot be used')
    expect(String(line['file'])).toMatch(/broken\.init_data\.json$/)
    expect(host.log.text).toContain('words.index.json')
    expect((await invoke(host, 'words', 'list')).status).toBe(200)
  })
})

describe('files that people save', () => {
  const MARK = '\uFEFF'
  const READ = `const words = require('./words.json')
module.exports = {
  words: () => words,
  rows: async () => ({ data: (await uniCloud.database().collection('notes').orderBy('_id', 'asc').get()).data }),
}`
  const NOTES = `${MARK}// DCloud's way
{
  "notes": {
    "data": [
      { "_id": { "$oid": "5f7c1ca20c1ab00001c8bd54" }, "at": { "$date": "2026-01-31T08:00:00.000Z" }, "n": { "$numberLong": "7" }, }, // last
    ],
    "index": [{ "IndexName": "n", "MgoKeySchema": { "MgoIndexKeys": [{ "Name": "n", "Direction": "1" }], "MgoIsUnique": false } }],
  },
}`

  it('may have a mark, comments, trailing commas and Extended JSON where the templates of uniCloud have them', async () => {
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/reader/index.obj.js': `${MARK}${READ}`,
      'uniCloud/cloudfunctions/reader/words.json': `${MARK}{"a":1}`,
      'uniCloud/cloudfunctions/reader/package.json': `${MARK}{ "name": "reader", /* of this */ "cloudfunction-config": { "timeout": 7, }, }`,
      'uniCloud/database/db_init.json': NOTES,
      'uniCloud/database/notes.index.json': `[ // none but this\n ]`,
    })
    const host = await openHost({ projectDir })
    expect((await invoke(host, 'reader', 'words')).body.data).toEqual({ a: 1 })
    expect((await invoke(host, 'reader', 'rows')).body.data).toEqual({
      data: [{ _id: '5f7c1ca20c1ab00001c8bd54', at: '2026-01-31T08:00:00.000Z', n: 7 }],
    })
    expect(host.log.lines.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  it('are named with line and column where they cannot be read', async () => {
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/reader/index.obj.js': READ,
      'uniCloud/cloudfunctions/reader/words.json': '{\n  "a": True\n}',
      'uniCloud/cloudfunctions/reader/package.json': '{\n  "name": reader\n}',
      'uniCloud/database/db_init.json': '{\n  "notes": yes\n}',
    })
    const { log } = await openHost({ projectDir })
    expect(log.text).toMatch(/words\.json is not JSON: see line 2, column 8/)
    expect(log.text).toMatch(/package\.json is not JSON: see line 2, column 11/)
    expect(log.text).toMatch(/db_init\.json is not JSON: see line 2, column 12/)
  })
})
