import { readFileSync } from 'node:fs'

import { expect, it } from 'vitest'

import { PROBE_SCRIPT } from '../../host/redis/probe'
import type { Script } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/redis-script'

const scripts = import.meta.glob<Record<string, Script>>(
  '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/lua/*.ts',
  { eager: true },
)

const named = (text: string) => [...text.matchAll(/\bcall\('(\w+)'/g)].map(([, name = '']) => name)

it('a host that is ready may run every command of every script of the stores and the timers', () => {
  const texts = Object.values(scripts).flatMap((exported) => Object.values(exported).map(({ text }) => text))
  expect(texts.length).toBeGreaterThan(9)
  const used = new Set([...texts, readFileSync('host/timers/redis-claims.ts', 'utf8')].flatMap(named))
  expect([...new Set(named(PROBE_SCRIPT))].sort()).toEqual(
    [...used, 'SET'].filter((x, i, all) => all.indexOf(x) === i).sort(),
  )
})
