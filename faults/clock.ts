import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { call } from '../test/support/client'
import { pause, waitFor } from '../test/support/wait'
import { fault } from './support/fault'

const HOUR_MS = 3_600_000
const STEPS_MS = [-HOUR_MS, 0, HOUR_MS, 0]
const CLOCK = fileURLToPath(new URL('./support/clock.cjs', import.meta.url))
/** Pictures of one device a minute, as in the configuration below. */
const LIMIT = 10
const MAX_WAIT_SECONDS = 120

interface Greedy {
  allowed: number
  waitSeconds: number
}

/** The clock jumps four times in the midst of the traffic; one device asks for too many pictures after each jump. */
export const clock = fault<{ file: string; greedy: Greedy[] }>({
  title: 'the clock of the host (and so of the database driver) is set back and forward by an hour',
  defaults: { seconds: 10 },
  async setUp(folder) {
    const file = join(folder, 'clock')
    writeFileSync(file, '0')
    return {
      host: {
        config: { imageLimit: { device: LIMIT, ip: { soft: 1_000_000, hard: 1_000_000 } } },
        nodeArguments: ['--require', CLOCK],
        env: { CLOCK_FILE: file },
      },
      world: { file, greedy: [] },
    }
  },
  async strike({ world, host, options }) {
    for (const offsetMs of STEPS_MS) {
      writeFileSync(world.file, String(offsetMs))
      await waitFor(
        () => readSeen(world.file) === offsetMs,
        () => 'the host never saw that its clock was set',
      )
      world.greedy.push(await askTooMuch(host.url))
      await pause((options.seconds * 1000) / STEPS_MS.length)
    }
  },
  after: async ({ world: { greedy }, facts }) => {
    facts['pictures of one device after each jump'] = greedy.map(({ allowed }) => allowed).join(', ')
    facts['it is told to wait for at most'] = `${Math.max(...greedy.map(({ waitSeconds }) => waitSeconds))} s`
  },
  holds: ({ failed, acceptedTwice, lost }, { world: { greedy }, options }) => ({
    'no call fails': failed === 0,
    'nothing is accepted twice': acceptedTwice === 0,
    // Forward a captcha has expired, back it comes from the future: both are overdue. One is out for a quarter of a
    // second, and jumps are seen 20 ms late.
    'only captchas that were out while the clock jumped are lost': lost <= STEPS_MS.length * options.perSecond,
    'limits hold after each jump': greedy.every(({ allowed }) => allowed <= LIMIT),
    'no caller waits for an hour': greedy.every(({ waitSeconds }) => waitSeconds <= MAX_WAIT_SECONDS),
  }),
})

/** The offset that the host goes by, milliseconds. */
function readSeen(file: string): number {
  return existsSync(`${file}.seen`) ? Number(readFileSync(`${file}.seen`, 'utf8')) : 0
}

async function askTooMuch(url: string): Promise<Greedy> {
  let allowed = 0
  let waitSeconds = 0
  for (let at = 0; at < 2 * LIMIT; at++) {
    const { body } = await call(url, 'uni-captcha-co', 'getImageCaptcha', {
      param: { scene: 'login' },
      deviceId: 'greedy',
    })
    if (body?.errCode === 0) allowed++
    else waitSeconds = Math.max(waitSeconds, Number(body?.['retryAfter'] ?? 0))
  }
  return { allowed, waitSeconds }
}
