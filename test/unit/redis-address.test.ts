import { describe, expect, it } from 'vitest'
import { redisAddress } from '../../host/redis/address'
import { settingsFromEnvironment } from '../../host/settings'

const read = (value: string) => settingsFromEnvironment({ REDIS_URL: value }, '/srv/app').redisUrls

describe('the address of Redis', () => {
  it('is none unless somebody says one', () => {
    expect(settingsFromEnvironment({}, '/srv/app').redisUrls).toEqual([])
    expect(read('  ')).toEqual([])
  })

  it('is one server, or several nodes of a cluster with commas between them', () => {
    expect(read('redis://10.0.0.1:6380/3')).toEqual(['redis://10.0.0.1:6380/3'])
    expect(read('redis://a, redis://b:7000 ,rediss://c')).toEqual(['redis://a', 'redis://b:7000', 'rediss://c'])
  })

  it('is refused when it is no such URL, without a word of what may be a password', () => {
    for (const value of [
      'localhost:6379',
      'http://secret@a',
      'redis://',
      'redis://:secret@a:99999',
      'redis://secret@a/x',
      'redis://a,secret',
    ]) {
      expect(() => read(value), value).toThrow(/^REDIS_URL has to be redis:/)
      expect(() => read(value), value).not.toThrow(/secret/)
    }
  })

  it('says where, who, which database and whether with TLS', () => {
    expect(redisAddress(['rediss://app:p%40ss%2F@redis.example/2'])).toEqual({
      nodes: [{ host: 'redis.example', port: 6379 }],
      isCluster: false,
      access: { username: 'app', password: 'p@ss/', db: 2, tls: {} },
      name: 'redis.example:6379',
    })
    expect(redisAddress(['redis://:secret@a:7000', 'redis://[::1]:7001'])).toEqual({
      nodes: [
        { host: 'a', port: 7000 },
        { host: '::1', port: 7001 },
      ],
      isCluster: true,
      access: { password: 'secret', db: 0 },
      name: 'a:7000, ::1:7001',
    })
  })
})
