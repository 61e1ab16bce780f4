// What a reader of the quick start types and writes, read from the document itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../build-cache.mjs'

/** The lines of a section's `sh` blocks; a block with a name (`sh [terminal]`) is not among them. */
export function readCommands(anchor: string, file = 'docs/start.md'): string[] {
  const blocks = [...readSection(file, anchor).matchAll(/^```sh\n([^]*?)^```$/gm)]
  return blocks.flatMap(([, block = '']) => block.trim().split('\n'))
}

/** The blocks of a section that are files: path and content. */
export function readFiles(anchor: string, file = 'docs/start.md'): [path: string, content: string][] {
  const blocks = [...readSection(file, anchor).matchAll(/^```\w+ \[(\w\S*\.\w+)\]\n([^]*?)^```$/gm)]
  return blocks.map(([, path = '', content = '']) => [path, content])
}

function readSection(file: string, anchor: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  const [, section] = new RegExp(`^## [^\\n]*\\{#${anchor}\\}\\n([^]*?)(?=^## |(?![^]))`, 'm').exec(text) ?? []
  if (!section) throw new Error(`${file} has no section #${anchor}`)
  return section
}
