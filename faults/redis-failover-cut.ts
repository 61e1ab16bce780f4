import { call, type Outcome } from '../test/support/client'
import { makeFolder } from '../test/support/folder'
import { startCluster, type RedisServer } from '../test/support/redis-servers'
import { pause, waitFor } from '../test/support/wait'
import { findPair, promoted } from './support/cluster'
import type { Fault } from './support/fault'
import { startFaultHost } from './support/host'
import { STORE_UNAVAILABLE } from './support/redis'
import { toVerdict, type Verdict } from './support/verdict'

const NODE_TIMEOUT_MS = 5000
const LIFE_SECONDS = 60
const PEOPLE = 150

/**
 * Captchas are used while one primary's replica hears nothing of it; then that primary dies. What only it knew is lost:
 * captchas used meanwhile can be used once more, until they expire; captchas made meanwhile have to be asked for again.
 */
export const redisFailoverCut: Fault = {
  title: 'kill -9 of a Redis Cluster primary whose replica had been cut off',
  run,
}

type Code = string | number | undefined

async function run(): Promise<Verdict> {
  const { folder, remove } = makeFolder('fault')
  const cluster = await startCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS })
  const env = { REDIS_URL: cluster.urls.join(',') }
  const host = await startFaultHost(folder, { config: { store: 'redis', expiresDate: LIFE_SECONDS }, env })
  const devices = (name: string) => Array.from({ length: PEOPLE }, (_, at) => `${name}-${at}`)
  const draw = (deviceId: string) =>
    call(host.url, 'uni-captcha-co', 'getImageCaptcha', { param: { scene: 'login' }, deviceId }).then(toCode)
  const order = (deviceId: string) =>
    call(host.url, 'shop', 'order', { param: { scene: 'login', captcha: '2' }, deviceId }).then(toCode)
  try {
    const before = devices('before')
    await callForEach(before, draw)
    const drawnAt = performance.now()
    const { primary, replica } = await findPair(cluster)
    await cutOff(primary, replica)
    const during = devices('during')
    await callForEach(during, draw)
    const accepted = await callForEach(before, order)

    await primary.kill()
    await promoted(replica)
    await pause(1500)
    const again = await callForEach(before, order)
    const third = await callForEach(before, order)
    const asked = await callForEach(during, order)
    await pause(Math.max(0, LIFE_SECONDS * 1000 - (performance.now() - drawnAt)) + 500)
    const late = await callForEach(before, order)
    const isAccepted = (code: Code) => code === 0
    const twice = again.filter(isAccepted).length
    return toVerdict({
      facts: {
        'used while the replica was cut off': accepted.filter(isAccepted).length,
        'of these usable once more after the failover': twice,
        'usable a third time': third.filter(isAccepted).length,
        'made while the replica was cut off': PEOPLE,
        'of these lost': asked.filter((code) => code !== 0).length,
        'usable after their expiry': late.filter(isAccepted).length,
      },
      holds: () => ({
        'all are accepted at first': accepted.every(isAccepted),
        'no call is refused for want of a store after the failover': ![...again, ...third, ...asked].includes(
          STORE_UNAVAILABLE,
        ),
        'only those of the dead primary are usable once more': twice < PEOPLE,
        'none a third time': !third.some(isAccepted),
        'none after its expiry': !late.some(isAccepted),
      }),
    })
  } finally {
    await host.stop()
    await cluster.stop()
    remove()
  }
}

/** With a wrong password the replica cannot come back to its primary, while everybody else goes on as before. */
async function cutOff(primary: RedisServer, replica: RedisServer): Promise<void> {
  await replica.ask('CONFIG', 'SET', 'masteruser', 'unknown-user')
  await replica.ask('CONFIG', 'SET', 'masterauth', 'wrong')
  await primary.ask('CLIENT', 'KILL', 'TYPE', 'replica')
  await waitFor(
    async () => (await replica.ask('INFO', 'replication')).includes('master_link_status:down'),
    () => 'the replica was never cut off',
  )
}

async function callForEach(devices: readonly string[], act: (deviceId: string) => Promise<Code>): Promise<Code[]> {
  const codes: Code[] = []
  for (const device of devices) codes.push(await act(device))
  return codes
}

function toCode({ body, error }: Outcome): Code {
  return body?.errCode ?? error
}
