// What a release is checked for; `npm run release:check` runs all of it.
import type { Texts } from './archive'
import { contentFaults } from './contents'
import { manifestFaults } from './manifest'
import { changelogFaults } from './versions'

export { textsIn } from './archive'
export { sizeRow, sizeTable } from './sizes'
export { syntaxFaults } from './syntax'
export { versionFaults } from './versions'

/** Everything that is wrong with a plugin as it is shipped, syntax aside: path → text, undefined for what is not a text. */
export function pluginFaults(plugin: string, version: string, files: Texts): string[] {
  const { 'package.json': manifest = '{}', 'changelog.md': changelog = '' } = files
  return [
    ...manifestFaults(JSON.parse(manifest) as Record<string, unknown>, plugin),
    ...changelogFaults(changelog, version),
    ...contentFaults(files),
  ]
}
