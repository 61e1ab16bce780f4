import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { describe, expect, it } from 'vitest'

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(file))

describe('a link inside the documentation', () => {
  it.each(pages)('of %s leads to a file, and to a heading where it names one', (page) => {
    const dead = linksIn(page).filter((link) => !leadsSomewhere(page, link))
    expect(dead).toEqual([])
  })

  it('to a file or heading that is not there is found', () => {
    expect(leadsSomewhere('README.md', 'docs/no-such-page.md')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/architecture.md#no-such-heading')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/architecture.md#the-parts')).toBe(true)
  })
})

/** Links and images with a path of the repository, outside code. */
function linksIn(page: string): string[] {
  const text = readFileSync(page, 'utf8')
    .replace(/^(```|~~~)[^]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? page : normalize(path.startsWith('/') ? join('docs', path) : join(dirname(page), path))
  if (!existsSync(file)) return false
  if (heading === undefined) return true
  return statSync(file).isFile() && anchorsIn(file).includes(decodeURIComponent(heading))
}

/** Headings as the documentation site and GitHub name them. */
function anchorsIn(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+?)(?: \{#([\w-]+)\})?$/gm)]
  return headings.map(([, title = '', id]) => id ?? slug(title))
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s+/g, '-')
}
