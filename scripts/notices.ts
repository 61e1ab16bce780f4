// The licences of the npm packages that went into a bundle.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './build-cache.mjs'

const LICENCE_FILE = /^(licen[cs]e|copying)/i
const README_SECTION = /^(?:#+ *licen[cs]e|licen[cs]e\n-+)[^\n]*\n([\s\S]*)/im
/** A section that only names the licence is not its text. */
const MIN_TEXT_LENGTH = 300

/** One text with every package that the files belong to, its version, licence and, where it carries one, licence text. */
export function collectNotices(files: readonly string[]): string {
  const byText = new Map<string, Set<string>>()
  for (const path of [...new Set(files.map(findPackage))].sort()) {
    const { title, text } = readNotice(join(root, path))
    byText.set(text, new Set([...(byText.get(text) ?? []), title]))
  }
  const parts = [...byText].map(([text, titles]) => `${[...titles].sort().join('\n')}\n\n${text}\n`)
  const head = 'This plugin contains code of the following packages.\n'
  return [head, ...parts.sort()].join(`\n${'-'.repeat(80)}\n\n`)
}

/** The folder of the package that a file belongs to: of `node_modules/a/node_modules/@b/c/d.js`, that of `@b/c`. */
function findPackage(file: string): string {
  const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
  if (!folder) throw new Error(`${file} is in no package`)
  return folder
}

interface Manifest {
  name: string
  version: string
  license?: string
  author?: string | { name?: string }
}

function readNotice(folder: string): { title: string; text: string } {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const { name, version, license, author } = manifest
  const by = typeof author === 'string' ? author : author?.name
  const title = `${name} ${version} (${license})`
  return {
    title,
    text: licenceText(folder) ?? `${license}${by ? `, by ${by}` : ''}; the package carries no further text.`,
  }
}

function licenceText(folder: string): string | undefined {
  const names = readdirSync(folder)
  const file = names.find((name) => LICENCE_FILE.test(name))
  if (file) return readFileSync(join(folder, file), 'utf8').trim()
  const readme = names.find((name) => /^readme/i.test(name))
  const section = readme && README_SECTION.exec(readFileSync(join(folder, readme), 'utf8'))?.[1]?.trim()
  return section && section.length >= MIN_TEXT_LENGTH ? section : undefined
}
