import postgres from 'postgres'
import { expect, it } from 'vitest'

import { Pool } from '../../host/database/postgres/pool'

/** Clients that never connect: nothing is asked through them. */
function openPool(maxConnections: number): Pool {
  return new Pool(() => postgres('postgres://127.0.0.1:1/none', { max: 1 }), maxConnections)
}

it('gives the connection that has least to do', () => {
  const pool = openPool(3)
  const first = [1, 2, 3].map(() => pool.tryLease(false)!)
  expect(new Set(first.map(({ sql }) => sql)).size).toBe(3)
  first[1]!.release()
  expect(pool.tryLease(false)?.sql).toBe(first[1]!.sql)
})

it('gives a reserved connection to its holder alone, and then to those who waited, in turn', async () => {
  const pool = openPool(1)
  const reserved = pool.tryLease(true)!
  expect(pool.tryLease(false)).toBeUndefined()
  const given: string[] = []
  const wait = (name: string, isReserved: boolean) => pool.lease(isReserved).then((lease) => (given.push(name), lease))
  const [next, last] = [wait('next', true), wait('last', false)]
  reserved.release()
  const lease = await next
  await Promise.resolve()
  expect(given).toEqual(['next'])
  lease.release()
  expect((await last).sql).toBe(reserved.sql)
  expect(given).toEqual(['next', 'last'])
})

it('lets a connection that never comes to rest answer all it was asked, while others take what comes', () => {
  const pool = openPool(2)
  const busy = pool.tryLease(false)!
  const other = pool.tryLease(false)!
  // Each comes before the one ahead of it is answered.
  let ahead = busy
  for (let n = 1; n < 1000; n++) {
    const held = [pool.tryLease(false)!, pool.tryLease(false)!]
    const next = held.find(({ sql }) => sql === busy.sql)!
    held.find(({ sql }) => sql !== busy.sql)!.release()
    ahead.release()
    ahead = next
  }
  other.release()
  expect([1, 2, 3].map(() => pool.tryLease(false)!.sql === other.sql)).toEqual([true, true, true])
  ahead.release()
  expect(pool.tryLease(false)!.sql).toBe(busy.sql)
})

it('makes all connections anew once, and gives the new ones to those who waited', async () => {
  const pool = openPool(1)
  const broken = pool.tryLease(true)!
  const waiting = [pool.lease(true), pool.lease(false)]
  pool.replace(broken, 0)
  const lease = await waiting[0]!
  expect(lease.sql).not.toBe(broken.sql)
  pool.replace(broken, 0)
  // Returned late, it frees nothing of the new one.
  broken.release()
  expect(pool.tryLease(false)).toBeUndefined()
  lease.release()
  expect((await waiting[1]!).sql).toBe(lease.sql)
})
