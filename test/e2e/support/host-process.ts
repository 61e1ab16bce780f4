import { join } from 'node:path'

import { root, startHost } from '../../support/host'
import { makeFolder } from '../../support/folder'

export { root }

/** The built host in a process of its own, with the built plugin and the built pages. */
export interface HostProcess {
  url: string
  dataDir: string
  /** Ends the process as an operator would, and waits for it. The data stays. */
  stop: () => Promise<void>
  /** Starts it again on the same port with the same data. */
  restart: () => Promise<void>
  /** Ends the process and removes its data. */
  dispose: () => Promise<void>
}

/**
 * Starts the host on a free port with a data directory of its own, with these arguments and these environment variables
 * in place of the tests' own; rejects with what it said when it does not come up.
 */
export async function startHostProcess(
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<HostProcess> {
  const { folder: dataDir, remove } = makeFolder('e2e')
  const start = (port: string) =>
    startHost({
      args,
      env: {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: port,
        DATA_DIR: dataDir,
        PROJECT_DIR: join(root, 'dist/hbuilderx'),
        STATIC_DIR: join(root, 'dist/build/h5'),
        LOG_LEVEL: 'warn',
        ...env,
      },
    })
  let running = await start('0')
  const { url } = running
  const stop = async () => void (await running.stop())
  return {
    url,
    dataDir,
    stop,
    restart: async () => {
      running = await start(new URL(url).port)
    },
    dispose: async () => {
      await stop()
      remove()
    },
  }
}
