import { afterEach, describe, expect, it, vi } from 'vitest'
import { pino } from 'pino'
import { currentApi, runInScope } from '../../host/runtime/call'
import { EndHooks } from '../../host/runtime/end-hooks'
import { Log } from '../contract/support/host-project'

afterEach(() => void vi.useRealTimers())

function hooks(): { hooks: EndHooks; log: Log } {
  const log = new Log()
  return { hooks: new EndHooks(pino(log)), log }
}

describe('what cloud code has to do before the host ends', () => {
  it('is done one after the other, the last one first, and once', async () => {
    const { hooks: end } = hooks()
    const done: string[] = []
    for (const name of ['first', 'second', 'third']) {
      end.api.onShutdown(async () => {
        done.push(`${name} begins`)
        await new Promise((resolve) => setImmediate(resolve))
        done.push(`${name} ends`)
      })
    }
    await end.run()
    await end.run()
    expect(done).toEqual(['third begins', 'third ends', 'second begins', 'second ends', 'first begins', 'first ends'])
  })

  it('finds the uniCloud of the host that it was given to', async () => {
    const { hooks: end } = hooks()
    const api = { mine: true }
    let found: unknown
    runInScope({ api }, () => end.api.onShutdown(() => (found = currentApi())))
    await end.run()
    expect(found).toBe(api)
  })

  it('is logged when it fails, and the others are done', async () => {
    const { hooks: end, log } = hooks()
    let isDone = false
    end.api.onShutdown(() => (isDone = true))
    end.api.onShutdown(() => {
      throw new Error('thrown at once')
    })
    end.api.onShutdown(async () => Promise.reject(new Error('rejected later')))
    end.api.onShutdown('no function')
    await end.run()
    expect(isDone).toBe(true)
    expect(log.lines.map(({ err }) => (err as { message: string }).message)).toEqual([
      'rejected later',
      'thrown at once',
    ])
  })

  it('is waited for five seconds and no longer', async () => {
    vi.useFakeTimers()
    const { hooks: end, log } = hooks()
    end.api.onShutdown(() => new Promise(() => {}))
    let hasEnded = false
    const running = end.run().then(() => (hasEnded = true))
    await vi.advanceTimersByTimeAsync(4999)
    expect(hasEnded).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await running
    expect(log.text).toContain('not done after 5000 ms')
    expect(vi.getTimerCount()).toBe(0)
  })
})
