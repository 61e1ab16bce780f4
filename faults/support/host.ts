// What the faults happen to: the host's and the plugin's sources of this working copy, bundled as `npm start` has them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { call } from '../../test/support/client'
import { bundleHost, HostProcess, startHost, type HostOptions, type ReadyHost } from '../../test/support/host'
import { makeProject } from '../../test/support/project'

const PIDS_ASKED = 24
/** The answer is always 2, so that callers know it; everything else is as in production. */
const CONFIG = {
  mathExpr: true,
  mathMin: 1,
  mathMax: 1,
  mathOperator: '+',
  maxAttempts: 5,
  imageLimit: { enabled: false },
  addressLimit: { enabled: false },
}
const SHOP = `
const uniCaptcha = require('uni-captcha')
module.exports = {
  async order({ scene, captcha }) {
    const { deviceId } = this.getClientInfo()
    return uniCaptcha.verify({ scene, captcha, deviceId })
  },
  pid: () => ({ errCode: 0, pid: process.pid }),
  loop({ ms }) {
    for (const end = Date.now() + ms; Date.now() < end; );
  },
}
`

export interface FaultHostOptions extends Pick<HostOptions, 'env' | 'under' | 'nodeArguments'> {
  /** Of the plugin, beside the one above. */
  config?: object
  /** `data` in the folder, unless it is given. */
  dataDir?: string
  /** More than one makes the host several processes. */
  workers?: number
}

/** How to start the host on the folder's project, which is made once: a cloud object `shop`, whose orders need a captcha. */
async function hostOptions(folder: string, given: FaultHostOptions = {}): Promise<HostOptions> {
  const { config, dataDir = join(folder, 'data'), workers = 1, env, ...rest } = given
  const project = join(folder, 'project')
  if (!existsSync(project)) {
    makeProject(project, { config: { 'uni-captcha': { ...CONFIG, ...config } }, objects: { shop: SHOP } })
  }
  return {
    program: await bundleHost(),
    args: workers > 1 ? ['--workers', String(workers)] : [],
    env: {
      PROJECT_DIR: project,
      DATA_DIR: dataDir,
      STATIC_DIR: join(folder, 'none'),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      FLOOD_LIMIT_PER_MINUTE: '0',
      ...env,
    },
    ...rest,
  }
}

/** Starts such a host and waits until it listens. */
export async function startFaultHost(folder: string, given?: FaultHostOptions): Promise<ReadyHost> {
  return startHost(await hostOptions(folder, given))
}

/** Starts such a host, which is expected to end by itself; answers its exit code and what it said. */
export async function runUntilEnd(
  folder: string,
  given: FaultHostOptions,
): Promise<{ code: number | null; said: string }> {
  const host = new HostProcess(await hostOptions(folder, given))
  const code = await host.ended
  return { code, said: host.words.trim() }
}

/** The processes that answer. */
export async function workerPids(url: string): Promise<number[]> {
  const pids = new Set<number>()
  for (let turn = 0; turn < PIDS_ASKED; turn++) {
    const { body } = await call(url, 'shop', 'pid')
    if (typeof body?.['pid'] === 'number') pids.add(body['pid'])
  }
  return [...pids].sort((a, b) => a - b)
}

/** The status of /readyz. */
export async function readiness(url: string): Promise<number> {
  return (await fetch(`${url}/readyz`)).status
}
