import { tallyAdd } from './lua/tally-add-1'
import { tallyPut } from './lua/tally-put-1'
import type { RunScript } from './redis-script'
import type { Minutes, TallyRow, TallyRows } from './tally'
import { MINUTE_MS, TALLIED, toExpiry } from './tally'

/** Absent where there is no row. */
type Reply = [isChanged: number, minute: number, changes: number, past: string, ...counts: number[]] | []

/** Rows that tally on Redis: a hash (`w` minute, `n` changes, `t` finished minutes as JSON, `1`–`4` counts). */
export function redisTallyRows(run: RunScript): TallyRows {
  const toKey = (id: string) => `uc:t:{${id}}`
  const lifeMs = (minute: number) => toExpiry(minute) - minute * MINUTE_MS

  return {
    async add(id, minute, change) {
      const costs = TALLIED.map((name) => change[name] ?? 0)
      const repeat = costs.some((cost) => cost < 0) ? 'refused' : 'refused or lost'
      const reply = await run<Reply>(tallyAdd, toKey(id), [minute, ...costs], repeat)
      return reply[0] === 1 ? toRow(reply) : undefined
    },
    async read(id) {
      const reply = await run<Reply>(tallyAdd, toKey(id), [-1, ...TALLIED.map(() => 0)])
      return reply.length > 0 ? toRow(reply) : undefined
    },
    async put(id, { minute, changes, counts, past }, seen) {
      const values = [minute, changes, JSON.stringify(past), ...TALLIED.map((name) => counts[name])]
      const place = [seen?.minute ?? '', seen?.changes ?? '']
      return (await run(tallyPut, toKey(id), [lifeMs(minute), ...place, ...values])) === 1
    },
  }
}

function toRow([, minute = 0, changes = 0, past = '[]', ...all]: Reply): TallyRow {
  const counts = Object.fromEntries(TALLIED.map((name, index) => [name, all[index] ?? 0])) as TallyRow['counts']
  return { minute, changes, counts, past: JSON.parse(past) as Minutes[] }
}
