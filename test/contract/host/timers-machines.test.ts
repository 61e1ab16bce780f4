import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, expect, it } from 'vitest'

import { closeAll, openHost, temporaryDirectory, writeProject } from '../support/host-project'
import { redisUrls } from '../support/redis'

afterEach(closeAll)

const TICKER = `
const { appendFileSync } = require('node:fs')
module.exports = { _timing: ({ Time }) => appendFileSync(FILE, Time + '\\n') }`

it.each(['server', 'cluster'] as const)(
  'a timer runs once on two machines that share a Redis (%s), and each machine has a database of its own',
  { timeout: 60_000 },
  async (kind) => {
    const file = join(temporaryDirectory(), 'runs')
    const config = { triggers: [{ name: 'tick', type: 'timer', config: '* * * * * * *' }] }
    const projectDir = writeProject({
      'uniCloud/cloudfunctions/ticker/index.obj.js': TICKER.replace('FILE', JSON.stringify(file)),
      'uniCloud/cloudfunctions/ticker/package.json': { name: 'ticker', 'cloudfunction-config': config },
    })
    const settings = { projectDir, spaceId: randomUUID(), redisUrls: await redisUrls(kind) }
    await openHost(settings)
    await openHost(settings)
    const runs = () => readFileSync(file, { encoding: 'utf8', flag: 'a+' }).trim().split('\n')
    await expect.poll(() => runs().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4)
    expect(new Set(runs()).size).toBe(runs().length)
  },
)
