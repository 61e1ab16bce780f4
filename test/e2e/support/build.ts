import { build } from '../../../scripts/build'

/**
 * Before all end-to-end tests: builds what is missing or stale. The applications side by side, and after what is written
 * into `dist` in little time: uni-app's compiler looks at all that is in the folder.
 */
export async function setup(): Promise<void> {
  await build('host', 'hbuilderx')
  await build('h5', 'mp-weixin')
}
