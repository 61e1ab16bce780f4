import { existsSync, readFileSync } from 'node:fs'

import { gte, minVersion } from 'semver'
import { describe, expect, it } from 'vitest'

import { settingsFromEnvironment } from '../../host/settings'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }

/** The instructions of the Dockerfile in order, continued lines joined. */
const instructions = readFileSync('Dockerfile', 'utf8')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name = '', value = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? []
    return { name, value }
  })
const readValues = (name: string) => instructions.filter((one) => one.name === name).map(({ value }) => value)
const environment = Object.fromEntries(
  readValues('ENV').flatMap((line) => line.split(' ').map((one) => one.split('='))),
)

describe('the container', () => {
  it('has a Node that package.json allows', () => {
    const images = readValues('FROM').map((image) => /^node:(\d+)-bookworm-slim(?: AS build)?$/.exec(image)?.[1])
    expect(images).toHaveLength(2)
    expect(new Set(images).size).toBe(1)
    expect(gte(`${images[0]}.0.0`, minVersion(manifest.engines.node)!)).toBe(true)
  })

  it('copies and runs what a clone has or its build makes', () => {
    const built = ['dist', 'node_modules']
    const copied = readValues('COPY').flatMap((line) => /^--from=build .*?\/app\/(\S+) \.\/\S*$/.exec(line)?.[1] ?? [])
    expect(copied).toEqual(['package.json', 'host/package.json', 'node_modules', 'dist', 'uniCloud', 'uni_modules'])
    for (const path of copied) expect(built.includes(path) || existsSync(path), path).toBe(true)
    const [step = ''] = readValues('RUN')
    expect(step).toBe('node scripts/setup.mjs start --no-install')
    expect(existsSync('scripts/setup.mjs')).toBe(true)
    expect(JSON.parse(readValues('CMD').at(-1)!)).toContain('dist/host/main.cjs')
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.data', 'dist', '**/node_modules']))
  })

  it('listens where its port is exposed and keeps its data in its volume', () => {
    const settings = settingsFromEnvironment(environment, '/app')
    expect(settings).toMatchObject({ host: '0.0.0.0', dataDir: '/data', staticDir: '/app/dist/build/h5' })
    expect(readValues('EXPOSE')).toEqual([String(settings.port)])
    expect(readValues('VOLUME')).toEqual([settings.dataDir])
    expect(readValues('HEALTHCHECK')[0]).toContain('/readyz')
  })

  it('runs as a user without rights', () => {
    const last = instructions.map(({ name }) => name)
    expect(readValues('USER')).toEqual(['node'])
    expect(last.indexOf('USER')).toBeGreaterThan(last.lastIndexOf('RUN'))
    expect(last.indexOf('USER')).toBeLessThan(last.lastIndexOf('CMD'))
  })
})

describe('compose.yaml', () => {
  const compose = readFileSync('compose.yaml', 'utf8')

  it('gives the host settings that it understands, with the Redis beside it', () => {
    const block = /^ {4}environment:\n((?: {6}.+\n)+)/m.exec(compose)?.[1] ?? ''
    const pairs = [...block.matchAll(/^ {6}(\w+): '?(.+?)'?$/gm)].map(([, name, value]) => [name, value])
    const settings = settingsFromEnvironment({ ...environment, ...Object.fromEntries(pairs) }, '/app')
    expect(settings).toMatchObject({ redisUrls: ['redis://redis:6379'], singleMachine: true })
    expect(compose).toMatch(/^ {2}redis:\n {4}image: redis:7/m)
    expect(compose).toContain('--maxmemory-policy noeviction')
  })

  it('publishes the exposed port to this machine only and keeps both data in volumes', () => {
    expect(compose).toContain(`- '127.0.0.1:3000:${readValues('EXPOSE')[0]}'`)
    expect(compose).toContain(`- data:${readValues('VOLUME')[0]}`)
    expect(compose).toMatch(/^volumes:\n {2}data:\n {2}redis:\n$/m)
    expect(compose).not.toContain('\t')
  })
})
