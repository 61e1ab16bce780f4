import { afterAll, afterEach, beforeEach, vi } from 'vitest'

import { startRedis } from '../../support/redis-servers'
import type { RedisServer } from '../../support/redis-servers'
import { closeAll } from './host-project'

/** What is closed after each test of a file, the last first. */
export function closedAfterEach(): { add(close: () => unknown): void } {
  const closing: (() => unknown)[] = []
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
  afterEach(async () => {
    vi.restoreAllMocks()
    await closeAll()
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(closeAll)
  return { add: (close) => void closing.push(close) }
}

export async function serverFor(
  closing: { add(close: () => unknown): void },
  settings?: Parameters<typeof startRedis>[0],
): Promise<RedisServer> {
  const started = await startRedis(settings)
  closing.add(() => started.kill())
  return started
}

/** What `/readyz` answers. */
export async function readiness(url: string): Promise<{ http: number; status?: string; detail?: string }> {
  const response = await fetch(`${url}/readyz`)
  return { http: response.status, ...((await response.json()) as { status: string; detail?: string }) }
}

export async function eventually<T>(
  look: () => Promise<T>,
  isDone: (value: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const value = await look()
    if (isDone(value)) return value
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value)} after ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
