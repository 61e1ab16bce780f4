import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import fastify from 'fastify'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { Metrics, metricsRoute, toMetricsText } from '../../../host/metrics/index'
import { closeAll, invoke, openHost, writeProject, type OpenedHost } from '../support/host-project'

afterEach(closeAll)

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** Prometheus's text format, read by its rules: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function parseSamples(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`no line of the text format: ${line}`)
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)]
    expect(pairs.map(([whole]) => whole).join(''), line).toBe(labels)
    return { name, labels: Object.fromEntries(pairs.map(([, key, quoted]) => [key, quoted])), value: Number(value) }
  })
}

async function readMetrics(host: Pick<OpenedHost, 'url'>): Promise<Sample[]> {
  const response = await fetch(`${host.url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return parseSamples(await response.text())
}

function requestsIn(samples: Sample[]): Record<string, number> {
  const counts = samples.filter(({ name }) => name === 'unicloud_request_duration_seconds_count')
  return Object.fromEntries(
    counts.map(({ labels, value }) => [
      `${labels['kind']} ${labels['function']}.${labels['method']} ${labels['status']}`,
      value,
    ]),
  )
}

describe('the metrics of a host', () => {
  it('hold the duration of each request by what it was for', async () => {
    const host = await openHost({ functionTimeoutMs: 300 })
    await invoke(host, 'echo', 'same', [1])
    await invoke(host, 'echo', 'same', [2])
    await invoke(host, 'faults', 'never', []).catch(() => {})
    await invoke(host, 'plain', '')
    await fetch(`${host.url}/http/echo/text`)
    await fetch(`${host.url}/http/plain/any/path`)
    await fetch(`${host.url}/healthz`)
    const requests = requestsIn(await readMetrics(host))
    expect(requests).toMatchObject({
      'gateway echo.same 2xx': 2,
      'gateway faults.never 5xx': 1,
      'gateway plain. 2xx': 1,
      'url echo.text 2xx': 1,
      'url plain. 2xx': 1,
      'host . 2xx': 1,
    })
    const again = await readMetrics(host)
    const buckets = again.filter(
      ({ name, labels }) => name === 'unicloud_request_duration_seconds_bucket' && labels['method'] === 'same',
    )
    expect(buckets.map(({ value }) => value)).toEqual(buckets.map(({ value }) => value).sort((a, b) => a - b))
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 2 })
  })

  it('have no series of functions, methods and paths that clients make up', async () => {
    const host = await openHost()
    for (let i = 0; i < 30; i++) {
      await invoke(host, `made-up-${i}`, 'method')
      await invoke(host, 'echo', `madeUp${i}`)
      await invoke(host, '__proto__', 'constructor')
      await fetch(`${host.url}/http/made-up-${i}/x`)
      await fetch(`${host.url}/http/echo/madeUp${i}`)
      await fetch(`${host.url}/made/up/${i}`)
    }
    expect(Object.keys(requestsIn(await readMetrics(host))).sort()).toEqual([
      'gateway . 4xx',
      'gateway echo. 4xx',
      'none . 4xx',
      'url . 4xx',
      'url echo. 4xx',
    ])
  })

  it('hold the process', async () => {
    const samples = await readMetrics(await openHost())
    const names = samples.map(({ name }) => name)
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
      expect(names).toContain(name)
    }
  })

  it('are its own where several hosts share a process', async () => {
    const [one, other] = [await openHost(), await openHost()]
    await invoke(one, 'echo', 'same', [1])
    expect(requestsIn(await readMetrics(one))).toHaveProperty(['gateway echo.same 2xx'])
    expect(requestsIn(await readMetrics(other))).not.toHaveProperty(['gateway echo.same 2xx'])
  })

  it('hold what cloud code reports, and no more of it than is bounded', async () => {
    const source = `module.exports = {
      report() {
        uniCloud.observe('draw', 0.002)
        for (const nothing of [undefined, -1, NaN, Infinity, '1', {}]) uniCloud.observe('draw', nothing)
        for (let i = 0; i < 500; i++) {
          uniCloud.observe('step ' + i, 0.1)
          uniCloud.count('happened', 'scene ' + i)
          uniCloud.count('event ' + i, 'login')
        }
        uniCloud.count('happened', 'a"b\\\\c\\nd')
        uniCloud.count('happened', '\\ud800')
        uniCloud.count('happened', 'x'.repeat(10000))
        uniCloud.count({}, null)
      },
    }`
    const host = await openHost({
      projectDir: writeProject({ 'uniCloud/cloudfunctions/reporter/index.obj.js': source }),
    })
    await invoke(host, 'reporter', 'report')
    const samples = await readMetrics(host)
    const steps = samples.filter(({ name }) => name === 'unicloud_step_duration_seconds_count')
    expect(steps.find(({ labels }) => labels['step'] === 'draw')?.value).toBe(1)
    expect(steps.length).toBeLessThanOrEqual(101)
    expect(steps.find(({ labels }) => labels['step'] === 'other')?.value).toBe(401)
    const events = samples.filter(({ name }) => name === 'unicloud_events_total')
    expect(events.length).toBeLessThanOrEqual(302)
    expect(events.reduce((sum, { value }) => sum + value, 0)).toBe(1004)
    const series = events.map(({ labels }) => JSON.stringify(labels))
    expect(new Set(series).size).toBe(series.length)
  })
})

describe('the captcha module on a host', () => {
  afterAll(closeAll)

  it('tells how long drawing and storing take, and what becomes of captchas by scene', async () => {
    const host = await openHost({ projectDir: process.cwd() })
    await invoke(host, 'uni-captcha-co', 'getImageCaptcha', [{ scene: 'login' }], { clientInfo: { deviceId: 'phone' } })
    await invoke(host, 'uni-captcha-co', 'getImageCaptcha', [{ scene: 'login' }], { clientInfo: { deviceId: 'phone' } })
    const samples = await readMetrics(host)
    const steps = Object.fromEntries(
      samples
        .filter(({ name }) => name === 'unicloud_step_duration_seconds_count')
        .map(({ labels, value }) => [labels['step'], value]),
    )
    expect(steps).toMatchObject({ 'captcha draw': 2, 'captcha codes.issue': 2, 'captcha codes.peek': 2 })
    expect(steps['captcha counters.hit']).toBeGreaterThan(0)
    const seconds = samples.filter(({ name }) => name === 'unicloud_step_duration_seconds_sum')
    for (const { value } of seconds) {
      expect(value).toBeGreaterThan(0)
      expect(value).toBeLessThan(10)
    }
    const events = samples.filter(({ name }) => name === 'unicloud_events_total')
    expect(events.map(({ labels, value }) => [labels['event'], labels['scene'], value])).toEqual([
      ['captcha created', 'login', 1],
      ['captcha refreshed', 'login', 1],
    ])
  })
})

describe('who may read them', () => {
  const TOKEN = 'a token of at least twenty-four characters'

  /** A request whose headers are all its own. */
  function ask(host: OpenedHost, headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${host.url}/metrics`, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject)
      request.end()
    })
  }

  it('without a token: a program on this machine that asks directly, by any of its names', async () => {
    const host = await openHost()
    const { port } = new URL(host.url)
    for (const name of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) {
      expect(await ask(host, { host: `${name}:${port}` }), name).toBe(200)
      expect(await ask(host, { host: name }), name).toBe(200)
    }
  })

  it('without a token: no client that a proxy on this machine lets in, whatever the proxy adds', async () => {
    const host = await openHost()
    for (const [name, value] of Object.entries({
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'example.com',
      'x-forwarded-proto': 'https',
      'x-real-ip': '127.0.0.1',
      forwarded: 'for=127.0.0.1',
      via: '1.1 proxy',
    })) {
      expect(await ask(host, { [name]: value }), name).toBe(404)
    }
  })

  it('without a token: no client behind a proxy that keeps silent about itself, as nginx does by default', async () => {
    const { port } = new URL((await openHost()).url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.\d 404/)
  })

  it('without a token: no page of another site whose name leads to this machine', async () => {
    const host = await openHost()
    for (const name of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80']) {
      expect(await ask(host, { host: name }), name).toBe(404)
    }
  })

  it('without a token: no other machine, also where the address of a proxy is believed', async () => {
    const app = fastify({ trustProxy: '203.0.113.0/24' })
    metricsRoute(app, null, async () => 'up 1\n')
    const from = (remoteAddress: string) =>
      app
        .inject({ url: '/metrics', remoteAddress, headers: { host: 'localhost' } })
        .then(({ statusCode }) => statusCode)
    expect(await from('127.0.0.1')).toBe(200)
    expect(await from('::ffff:127.0.0.1')).toBe(200)
    expect(await from('::1')).toBe(200)
    for (const address of ['203.0.113.9', '10.0.0.1', '::2', '2001:db8::1', '::ffff:10.0.0.1']) {
      expect(await from(address), address).toBe(404)
    }
    await app.close()
  })

  it('with a token: clients that send it, through proxies too, and no others', async () => {
    const host = await openHost({ metricsToken: TOKEN })
    expect(await ask(host, { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '203.0.113.9' })).toBe(200)
    expect(await ask(host, { authorization: `bearer ${TOKEN}`, host: 'metrics.example' })).toBe(200)
    for (const authorization of [
      '',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      'Bearer ',
      `Basic ${TOKEN}`,
      TOKEN,
    ]) {
      expect(await ask(host, { authorization }), authorization).toBe(401)
    }
    expect(await ask(host, {})).toBe(401)
    expect(host.log.text).not.toContain(TOKEN)
  })

  it('a token that is too short is refused at the start and not told', async () => {
    const refusal = openHost({ metricsToken: 'too-short-to-be-safe' })
    await expect(refusal).rejects.toThrow('METRICS_TOKEN has to be at least 24 characters')
    await expect(refusal).rejects.not.toThrow('too-short')
  })
})

describe('the metrics of several processes', () => {
  it('add up: counts and buckets are sums', async () => {
    const [one, other] = [new Metrics(), new Metrics()]
    const request = { kind: 'gateway', function: 'echo', method: 'same', status: 200 } as const
    one.observeRequest(request, 0.004)
    other.observeRequest(request, 0.004)
    other.observeRequest(request, 0.2)
    one.api.count('captcha passed', 'login')
    other.api.count('captcha passed', 'login')
    other.api.count('captcha passed', 'pay')
    const snapshots = JSON.parse(JSON.stringify([await one.snapshot(), await other.snapshot()]))
    const samples = parseSamples(await toMetricsText(snapshots))
    expect(requestsIn(samples)).toEqual({ 'gateway echo.same 2xx': 3 })
    const under = samples.find(
      ({ name, labels }) => name === 'unicloud_request_duration_seconds_bucket' && labels['le'] === '0.005',
    )
    expect(under?.value).toBe(2)
    const events = samples.filter(({ name }) => name === 'unicloud_events_total')
    expect(events.map(({ labels, value }) => [labels['scene'], value])).toEqual([
      ['login', 2],
      ['pay', 1],
    ])
  })

  it('are those of all that `gatherMetrics` gathers', async () => {
    const elsewhere = new Metrics()
    elsewhere.api.count('happened', 'there')
    const gatherMetrics = vi.fn((own: () => ReturnType<Metrics['snapshot']>) => async () => [
      await own(),
      await elsewhere.snapshot(),
    ])
    const host = await openHost({ gatherMetrics })
    await invoke(host, 'echo', 'same', [1])
    const samples = await readMetrics(host)
    expect(requestsIn(samples)).toMatchObject({ 'gateway echo.same 2xx': 1 })
    expect(samples.find(({ name }) => name === 'unicloud_events_total')?.labels).toEqual({
      event: 'happened',
      scene: 'there',
    })
  })

  it('are not told when one of them does not answer: the sums would be too small', async () => {
    const host = await openHost({ gatherMetrics: () => () => Promise.reject(new Error('no answer')) })
    expect((await fetch(`${host.url}/metrics`)).status).toBe(500)
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200)
  })
})
