import { startCluster } from '../test/support/redis-servers.mjs'
import { call } from './support/client.mjs'
import { pairOf, promoted } from './support/cluster.mjs'
import { pause, startReadyHost, waitFor } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'kill -9 of a Redis Cluster primary whose replica had been cut off'

const NODE_TIMEOUT_MS = 5000
const LIFE_SECONDS = 60
const PEOPLE = 150

/**
 * Captchas are used while one primary's replica hears nothing of it; then that primary dies. What only it knew is lost:
 * captchas used meanwhile can be used once more, until they expire; captchas made meanwhile have to be asked for again.
 */
export async function run() {
  const { folder, remove } = makeFolder()
  const cluster = await startCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS })
  const env = { REDIS_URL: cluster.urls.join(',') }
  const project = makeProject(folder, { store: 'redis', expiresDate: LIFE_SECONDS })
  const host = await startReadyHost({ folder, project, env })
  const devices = (name) => Array.from({ length: PEOPLE }, (_, at) => `${name}-${at}`)
  const draw = (device) =>
    call(host.url, 'uni-captcha-co', 'getImageCaptcha', { params: { scene: 'login' }, device }).then(errCodeOf)
  const order = (device) =>
    call(host.url, 'shop', 'order', { params: { scene: 'login', captcha: '2' }, device }).then(errCodeOf)
  try {
    const before = devices('before')
    await everybody(before, draw)
    const drawnAt = performance.now()
    const { primary, replica } = await pairOf(cluster)
    await cutOff(primary, replica)
    const during = devices('during')
    await everybody(during, draw)
    const accepted = await everybody(before, order)

    await primary.kill()
    await promoted(replica)
    await pause(1500)
    const again = await everybody(before, order)
    const third = await everybody(before, order)
    const asked = await everybody(during, order)
    await pause(Math.max(0, LIFE_SECONDS * 1000 - (performance.now() - drawnAt)) + 500)
    const late = await everybody(before, order)
    const isAccepted = (code) => code === 0
    const twice = again.filter(isAccepted).length
    return verdictOf({
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
        'nobody is refused for want of a store after the failover': ![...again, ...third, ...asked].includes(
          'uni-captcha-store-unavailable',
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
async function cutOff(primary, replica) {
  await replica.ask('CONFIG', 'SET', 'masteruser', 'nobody')
  await replica.ask('CONFIG', 'SET', 'masterauth', 'wrong')
  await primary.ask('CLIENT', 'KILL', 'TYPE', 'replica')
  await waitFor(
    async () => (await replica.ask('INFO', 'replication')).includes('master_link_status:down'),
    'the replica was never cut off',
  )
}

async function everybody(devices, act) {
  const codes = []
  for (const device of devices) codes.push(await act(device))
  return codes
}

function errCodeOf({ body, error }) {
  return body?.errCode ?? error
}
