import { build } from '../../scripts/build'

/** Before the tests of all targets: the host, and the plugins as they are released. */
export async function setup(): Promise<void> {
  for (const target of ['host', 'plugin', 'hbuilderx', 'hbuilderx-vue2'] as const) await build(target)
}
