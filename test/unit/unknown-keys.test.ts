import { describe, expect, it } from 'vitest'

import { unknownKeys } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/config/unknown-keys'

describe('looking over a configuration', () => {
  it('lists the paths of keys that mean nothing', () => {
    const config = { width: 1, backgroundColor: '#fff', scene: { login: { sise: 4, size: 4 }, pay: 3 } }
    expect(unknownKeys(config)).toEqual(['backgroundColor', 'scene.login.sise'])
    expect(unknownKeys(undefined)).toEqual([])
  })

  it('does so within the limits, where a dotted key is not a path', () => {
    const config = {
      guard: { free: 1, ip: { soft: 1, failures: { soft: 1, sooft: 1 } }, fre: 1, 'ip.soft': 1 },
      'guard.free': 1,
      scene: { pay: { imageLimit: { ip: { hard: 1 }, devices: 1 } } },
    }
    expect(unknownKeys(config)).toEqual([
      'guard.ip.failures.sooft',
      'guard.fre',
      'guard.ip.soft',
      'guard.free',
      'scene.pay.imageLimit.devices',
    ])
  })

  it('knows what only the root may say', () => {
    const once = { store: 'database', secret: 'x'.repeat(32), imageOrigins: [] }
    expect(unknownKeys({ ...once, scene: { pay: once } })).toEqual([
      'scene.pay.store',
      'scene.pay.secret',
      'scene.pay.imageOrigins',
    ])
  })
})
