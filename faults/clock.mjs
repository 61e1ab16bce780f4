import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { call } from './support/client.mjs'
import { pause, startReadyHost } from './support/host.mjs'
import { makeFolder, makeProject } from './support/project.mjs'
import { startTraffic } from './support/traffic.mjs'
import { verdictOf } from './support/verdict.mjs'

export const title = 'the clock of the host (and so of the database driver) is set back and forward by an hour'

const HOUR_MS = 3_600_000
const STEPS = [-HOUR_MS, 0, HOUR_MS, 0]
const HERE = new URL('./support/clock.cjs', import.meta.url).pathname
/** Pictures of one device a minute, as in the configuration below. */
const LIMIT = 10
const LONGEST_WAIT_SECONDS = 120

/** The clock jumps four times in the midst of the traffic; one device asks for too many pictures after each jump. */
export async function run({ secondsEach = 2.5, perSecond = 40 } = {}) {
  const { folder, remove } = makeFolder()
  const clock = join(folder, 'clock')
  writeFileSync(clock, '0')
  const imageLimit = { device: LIMIT, ip: { soft: 1_000_000, hard: 1_000_000 } }
  const host = await startReadyHost({
    folder,
    project: makeProject(folder, { imageLimit }),
    nodeArguments: ['--require', HERE],
    env: { CLOCK_FILE: clock },
  })
  const traffic = startTraffic(host.url, { perSecond })
  const greedy = []
  try {
    await pause(secondsEach * 1000)
    const struckAt = traffic.now()
    for (const offsetMs of STEPS) {
      writeFileSync(clock, String(offsetMs))
      await pause(100)
      greedy.push(await askTooMuch(host.url))
      await pause(secondsEach * 1000)
    }
    await traffic.stop()
    await traffic.again()
    return verdictOf({
      visits: traffic.visits,
      struckAt,
      facts: {
        'pictures of one device after each jump': greedy.map(({ allowed }) => allowed).join(', '),
        'it is told to wait for at most': `${Math.max(...greedy.map(({ waitSeconds }) => waitSeconds))} s`,
      },
      holds: ({ failed, acceptedTwice, lost }) => ({
        'no call fails': failed === 0,
        'nothing is accepted twice': acceptedTwice === 0,
        // Two jumps go forward; a captcha is out for a quarter of a second, and jumps are seen 20 ms late.
        'only captchas that were out while the clock went forward are lost': lost <= 2 * perSecond,
        'limits hold after each jump': greedy.every(({ allowed }) => allowed <= LIMIT),
        'nobody waits for an hour': greedy.every(({ waitSeconds }) => waitSeconds <= LONGEST_WAIT_SECONDS),
      }),
    })
  } finally {
    traffic.close()
    await host.stop()
    remove()
  }
}

async function askTooMuch(url) {
  let allowed = 0
  let waitSeconds = 0
  for (let at = 0; at < 2 * LIMIT; at++) {
    const { body } = await call(url, 'uni-captcha-co', 'getImageCaptcha', {
      params: { scene: 'login' },
      device: 'greedy',
    })
    if (body?.errCode === 0) allowed++
    else waitSeconds = Math.max(waitSeconds, body?.retryAfter ?? 0)
  }
  return { allowed, waitSeconds }
}
