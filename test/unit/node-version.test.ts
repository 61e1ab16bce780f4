import { readFileSync } from 'node:fs'

import semver from 'semver'
import { describe, expect, it } from 'vitest'

import { nameAt, placesBelow, type Places } from '../support/lock-file'

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>

interface Manifest {
  engines: { node: string }
  dependencies: Record<string, string>
}

const manifest = readJson('package.json') as unknown as Manifest
const host = readJson('host/package.json') as unknown as Manifest
const { packages } = readJson('package-lock.json') as { packages: Places }
const oldest = semver.minVersion(manifest.engines.node)?.version ?? ''

describe('the oldest Node that is promised', () => {
  it('is a Node 20, and the host refuses an older one by the same number', () => {
    expect(semver.satisfies(oldest, '20')).toBe(true)
    expect(host.engines).toEqual(manifest.engines)
    expect(readFileSync('host/node-version.ts', 'utf8')).toContain(`[${oldest.split('.').join(', ')}]`)
  })

  it('is the one that a reader is asked for, to the last number', () => {
    for (const file of [
      'README.md',
      'README.en.md',
      'CONTRIBUTING.md',
      'docs/start.md',
      'docs/en/start.md',
      'host/README.md',
    ]) {
      const asked = readFileSync(file, 'utf8').match(/Node (≥ )?[\d.]+\d(?= |$| or newer)/gm) ?? []
      const versions = asked.map((text) => text.replace(/^Node (≥ )?/, ''))
      expect([...new Set(versions)], file).toEqual([oldest])
    }
  })

  it('is enough for every package that production installs, and for everything below it', () => {
    const places = placesBelow(packages, Object.keys({ ...manifest.dependencies, ...host.dependencies }))
    expect(Object.keys(places).length).toBeGreaterThan(100)
    const tooNew = Object.entries(places).flatMap(([place, { version, engines }]) =>
      semver.satisfies(oldest, engines?.node ?? '*') ? [] : `${nameAt(place)}@${version} needs ${engines?.node}`,
    )
    expect(tooNew).toEqual([])
  })

  it("needs no override of this repository: those who install the host's package have none", () => {
    for (const [place, { dependencies = {} }] of Object.entries(
      placesBelow(packages, ['fastify', '@fastify/cookie']),
    )) {
      for (const [name, range] of Object.entries(dependencies)) {
        const own = packages[`${place}/node_modules/${name}`] ?? packages[`node_modules/${name}`]
        expect(semver.satisfies(own?.version ?? '', range), `${place} asks for ${name} ${range}`).toBe(true)
      }
    }
  })
})
