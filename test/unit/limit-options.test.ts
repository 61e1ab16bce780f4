import { describe, expect, it } from 'vitest'

import {
  resolveAddressLimits,
  resolveGuard,
  resolveImageLimits,
} from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/limit-options'

describe('resolving limits', () => {
  it('gives the documented defaults, others where only failures count', () => {
    expect(resolveGuard(undefined, 'send')).toMatchObject({ free: 10, windowSeconds: 60, hard: 100, 'ip.soft': 60 })
    const login = { scene: { login: { guard: { failuresOnly: true } } } }
    expect(resolveGuard(login, 'login')).toMatchObject({ free: 3, windowSeconds: 7200, hard: 30, 'identity.free': 3 })
    expect(resolveGuard(login, 'send')).toMatchObject({ free: 10, failuresOnly: false })
    expect(resolveImageLimits(undefined, 'x')).toEqual({ enabled: true, device: 30, 'ip.soft': 60, 'ip.hard': 5000 })
  })

  it('lets an address have what a school needs without work, and a cap for all, by default', () => {
    expect(resolveAddressLimits(undefined, 'x')).toEqual({
      enabled: true,
      'pictures.hour.soft': 1200,
      'pictures.hour.hard': 12_000,
      'pictures.day.soft': 6000,
      'pictures.day.hard': 160_000,
      'passes.minute.soft': 300,
      'passes.minute.hard': 4000,
      'passes.hour.soft': 600,
      'passes.hour.hard': 6000,
      'passes.day.soft': 3000,
      'passes.day.hard': 80_000,
      'wrong.hour.soft': 300,
      'sums.hour.soft': 60,
      'times.24': 20,
      'times.56': 4,
      'times.48': 10,
    })
    const scene = { pay: { addressLimit: { passes: { hour: { soft: 7000 } } } } }
    expect(() => resolveAddressLimits({ scene }, 'pay')).toThrow('addressLimit.passes.hour.soft 7000')
    const bad = { addressLimit: { times: { 48: 0 } } }
    expect(() => resolveAddressLimits(bad, 'x')).toThrow('config.json addressLimit.times.48 = 0 (integer 1–1000)')
  })

  it('lets the scene override the root key by key, down to the last level', () => {
    const config = {
      guard: { free: 5, ip: { soft: 20, hard: '40' } },
      scene: { pay: { guard: { ip: { soft: 7 } }, imageLimit: { device: 3 } } },
    }
    expect(resolveGuard(config, 'pay')).toMatchObject({ free: 5, 'ip.soft': 7, 'ip.hard': 40 })
    expect(resolveGuard(config, 'other')).toMatchObject({ 'ip.soft': 20 })
    expect(resolveImageLimits(config, 'pay').device).toBe(3)
    expect(resolveImageLimits(config, 'other').device).toBe(30)
  })

  it('names path, value and bounds of a mistake, and fails only the scenes it applies to', () => {
    const config = { scene: { pay: { guard: { ip: { hard: 0 } } } } }
    expect(() => resolveGuard(config, 'pay')).toThrow('config.json scene.pay.guard.ip.hard = 0 (integer 1–1000000)')
    expect(resolveGuard(config, 'other')['ip.hard']).toBe(600)
    expect(() => resolveGuard({ guard: 7 }, 'x')).toThrow('config.json guard = 7 (an object)')
    expect(() => resolveGuard({ guard: { ip: 7 } }, 'x')).toThrow('config.json guard.ip = 7 (an object)')
    expect(() => resolveGuard({ guard: { failuresOnly: 'yes' } }, 'x')).toThrow('guard.failuresOnly = "yes"')
    expect(() => resolveGuard({ guard: { free: 200 } }, 'x')).toThrow('guard.free 200 > guard.hard 100')
    const mixed = { guard: { hard: 150 }, scene: { x: { guard: { free: 200 } } } }
    expect(() => resolveGuard(mixed, 'x')).toThrow('scene.x.guard.free 200 > guard.hard 150')
    expect(() => resolveImageLimits({ imageLimit: { ip: { soft: 7000 } } }, 'x')).toThrow('imageLimit.ip.soft 7000')
  })

  it('takes a key named like an object’s own machinery for a name', () => {
    for (const scene of ['__proto__', 'constructor', 'toString']) {
      expect(resolveGuard({ scene: {} }, scene).free).toBe(10)
      const config: unknown = JSON.parse(`{ "scene": { ${JSON.stringify(scene)}: { "guard": { "free": 1 } } } }`)
      expect(resolveGuard(config, scene).free).toBe(1)
    }
  })
})
