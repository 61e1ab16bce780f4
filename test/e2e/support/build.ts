import { build } from '../../../scripts/build'

/** Before all end-to-end tests: builds what is missing or stale. */
export async function setup(): Promise<void> {
  for (const target of ['host', 'hbuilderx', 'h5', 'mp-weixin'] as const) await build(target)
}
