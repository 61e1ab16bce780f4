import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { GROUPS, INTERNAL_PAGES } from '../../docs/.vitepress/pages'
import { withDefaults } from '../../host/settings'
import { documentsWithTables } from '../../scripts/docs-tables'
import { readCommands, readFiles } from '../../scripts/release/quick-start'

it('the option and error tables of the documents say what the code says', () => {
  for (const [file, text] of Object.entries(documentsWithTables())) {
    expect(readFileSync(file, 'utf8'), `${file}: run npm run docs:tables`).toBe(text)
  }
})

it('the site lists every page once, and each is there in both languages', () => {
  const namesIn = (folder: string) =>
    readdirSync(folder)
      .filter((file) => /^\w[^[]*\.md$/.test(file) && file !== 'index.md')
      .map((file) => file.replace('.md', ''))
      .sort()
  const pages = GROUPS.flatMap((group) => group.pages.map(({ path }) => path))
  expect(namesIn('docs/en')).toEqual([...pages].sort())
  expect(namesIn('docs')).toEqual([...pages, ...INTERNAL_PAGES.map(({ path }) => path)].sort())
})

describe.each(['docs/start.md', 'docs/en/start.md'])('the quick start of %s', (document) => {
  it('shows the files of the example project, as they are', () => {
    const files = readFiles('existing', document)
    expect(files.map(([path]) => path)).toEqual(['vite.config.ts', 'src/pages/index/index.vue'])
    for (const [path, content] of files) {
      expect(content, path).toBe(readFileSync(`examples/uni-app-cli/${path}`, 'utf8'))
    }
  })

  it('takes five commands to a new project, with the package of this version', () => {
    const commands = readCommands('new', document)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(commands).toEqual([
      'npm run pack:host',
      `npx --yes ./dist/uni-captcha-host-${version}.tgz init ../my-app`,
      'cd ../my-app',
      'npm install',
      'npm start',
    ])
  })
})

it.each(['docs/backends.md', 'docs/en/backends.md'])('the wrappers of %s are those that tests run', (document) => {
  const text = readFileSync(document, 'utf8')
  expect(text).toContain(`\`\`\`ts\n${readFileSync('examples/widget/react.ts', 'utf8')}\`\`\``)
  expect(text).toContain(`\`\`\`vue\n${readFileSync('examples/widget/Captcha.vue', 'utf8')}\`\`\``)
})

it.each(['docs/operations.md', 'docs/en/operations.md'])(
  'behind the nginx of %s files of the largest size come through, and addresses are those that clients see',
  (document) => {
    const nginx = /```nginx\n([^]*?)```/.exec(readFileSync(document, 'utf8'))![1]!
    const mebibytes = Number(/client_max_body_size (\d+)m;/.exec(nginx)?.[1])
    expect(mebibytes * 1024 ** 2).toBeGreaterThan(withDefaults({}).fileLimitBytes)
    for (const header of ['Host $host', 'X-Forwarded-Proto $scheme', 'X-Forwarded-For $remote_addr']) {
      expect(nginx).toContain(`proxy_set_header ${header};`)
    }
  },
)
