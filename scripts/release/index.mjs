// What a release is checked for; `npm run release:check` runs all of it.
import { contentFaults } from './contents.mjs'
import { manifestFaults } from './manifest.mjs'
import { changelogFaults } from './versions.mjs'

export { textsIn } from './archive.mjs'
export { sizeRow, sizeTable } from './sizes.mjs'
export { syntaxFaults } from './syntax.mjs'
export { versionFaults } from './versions.mjs'

/** Everything that is wrong with a plugin as it is shipped, syntax aside: path → text, undefined for what is no text. */
export function pluginFaults(plugin, version, files) {
  const { 'package.json': manifest = '{}', 'changelog.md': changelog = '' } = files
  return [
    ...manifestFaults(JSON.parse(manifest), plugin),
    ...changelogFaults(changelog, version),
    ...contentFaults(files),
  ]
}
