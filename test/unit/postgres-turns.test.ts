import { expect, it } from 'vitest'

import { DatabaseError } from '../../host/database/errors'
import { Turns } from '../../host/database/postgres/turns'

/** Changes that end when they are told to, and what has begun. */
function recordChanges() {
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const change = (name: string) => () => {
    begun.push(name)
    return new Promise<string>((resolve, reject) => {
      ends.set(name, (error) => (error ? reject(error) : resolve(name)))
    })
  }
  return { begun, change, end: (name: string, error?: Error) => ends.get(name)?.(error) }
}

it('carries out the changes of one document in turn, and those of others beside them', async () => {
  const turns = new Turns()
  const { begun, change, end } = recordChanges()
  const first = turns.take('a', change('first'))
  const second = turns.take('a', change('second'))
  void turns.take('b', change('beside'))
  expect(begun).toEqual(['first', 'beside'])
  end('first')
  expect(await first).toBe('first')
  expect(begun).toEqual(['first', 'beside', 'second'])
  end('second')
  expect(await second).toBe('second')
})

it('goes on after a change that was refused', async () => {
  const turns = new Turns()
  const { change, end } = recordChanges()
  const refused = turns.take('a', change('refused'))
  const next = turns.take('a', change('next'))
  end('refused', new DatabaseError('database-duplicate-key', 'taken'))
  await expect(refused).rejects.toThrow('taken')
  end('next')
  expect(await next).toBe('next')
})

it.each(['database-unavailable', 'database-busy'] as const)(
  'fails all that wait at once by %s, each of which would have waited for an answer, and none that comes after',
  async (errCode) => {
    const turns = new Turns()
    const { begun, change, end } = recordChanges()
    const waiting = ['lost', 'second', 'third'].map((name) => turns.take('a', change(name)))
    end('lost', new DatabaseError(errCode, 'no answer'))
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { errCode } })
    }
    expect(begun).toEqual(['lost'])
    const later = turns.take('a', change('later'))
    end('later')
    expect(await later).toBe('later')
  },
)
