import { build } from '../../scripts/build'

/** Before the projects: the host, and the plugins as they are released. */
export async function setup(): Promise<void> {
  for (const target of ['host', 'hbuilderx'] as const) await build(target)
}
