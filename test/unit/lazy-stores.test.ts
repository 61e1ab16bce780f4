import { expect, it } from 'vitest'

import { lazyStores } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lazy'
import type { Stores } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/store'

it('stores that could not be loaded are loaded by the next call, and only once by all after it', async () => {
  let loads = 0
  const stores = lazyStores(async () => {
    if (++loads === 1) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    return { once: { remainingMs: async () => 7 } } as unknown as Stores
  })
  const failed = [stores.once.remainingMs('a'), stores.once.remainingMs('b')]
  for (const { status } of await Promise.allSettled(failed)) expect(status).toBe('rejected')
  expect(loads).toBe(1)
  expect(await stores.once.remainingMs('a')).toBe(7)
  expect(await stores.once.remainingMs('a')).toBe(7)
  expect(loads).toBe(2)
})
