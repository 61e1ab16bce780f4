import { join } from 'node:path'
import { Writable } from 'node:stream'

import { startHost, type Host, type HostSettings } from '../../../host/index'
import { GATEWAY_PATH, sign, SPACE } from '../../support/client'
import { makeFolder } from '../../support/folder'
import { writeFiles, type Files } from '../../support/project'
import { waitFor } from '../../support/wait'

export const FIXTURE_PROJECT = join(process.cwd(), 'test/fixtures/cloud')

const opened: (() => Promise<void> | void)[] = []

/** Closes every host and removes every directory that the functions here made; for `afterEach` or `afterAll`. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

export function temporaryDirectory(): string {
  const { folder, remove } = makeFolder('host')
  opened.push(remove)
  return folder
}

/** A project made of the given files, by path. */
export function writeProject(files: Files): string {
  const folder = temporaryDirectory()
  writeFiles(folder, files)
  return folder
}

export interface OpenedHost extends Host {
  log: Log
  dataDir: string
  /** The host's own time. */
  now(): number
}

/** A host on a free port with a data directory of its own, serving the fixture project unless told otherwise. */
export async function openHost(settings: Partial<HostSettings> = {}): Promise<OpenedHost> {
  const log = new Log()
  const dataDir = settings.dataDir ?? temporaryDirectory()
  const host = await startHost({
    projectDir: FIXTURE_PROJECT,
    staticDir: null,
    port: 0,
    logLevel: 'info',
    logStream: log,
    ...settings,
    dataDir,
  })
  opened.push(() => host.close())
  return { ...host, log, dataDir, now: () => settings.clock?.now() ?? Date.now() }
}

/** Keeps what a host logs. */
export class Log extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }

  get lines(): Record<string, unknown>[] {
    const lines = this.text.split('\n').filter((line) => line !== '')
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Waits until a line says `message`; the log may be a moment behind the answer. */
  saying(message: string): Promise<Record<string, unknown>> {
    return this.finding((line) => line['msg'] === message, `"${message}"`)
  }

  /** Waits until there is such a line; `what` says it in words, for when it never comes. */
  finding(isLine: (line: Record<string, unknown>) => boolean, what: string): Promise<Record<string, unknown>> {
    return waitFor(
      () => this.lines.find(isLine),
      () => `the log never said ${what}:\n${this.text}`,
    )
  }
}

export interface Answer {
  status: number
  headers: Headers
  body: { success?: boolean; data?: unknown; error?: { code: string; message: string } }
}

export interface Crafted {
  /** Added to, or replacing, what a well-behaved client sends; undefined leaves a key out. */
  body?: Record<string, unknown>
  /** The whole body as text, in place of all the above. */
  text?: string
  headers?: Record<string, string>
  secret?: string
}

/** A host in this process or in another. */
type Reachable = Pick<Host, 'url'> & Partial<Pick<OpenedHost, 'now'>>

/** Sends a request to the gateway the way the client does, but with anything changed. */
export async function craft(host: Reachable, { body = {}, text, headers = {}, secret }: Crafted): Promise<Answer> {
  const standard = {
    method: 'serverless.function.runtime.invoke',
    spaceId: SPACE.spaceId,
    timestamp: (host.now ?? Date.now)(),
  }
  const whole = text ?? JSON.stringify({ ...standard, ...body })
  const response = await fetch(host.url + GATEWAY_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-serverless-sign': signText(whole, secret), ...headers },
    body: whole,
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

/** Calls a cloud object's method as the dcloud wire format does. */
export async function invoke(
  host: Reachable,
  name: string,
  method: string,
  params: unknown[] = [],
  rest: object = {},
): Promise<Answer> {
  const call = { functionTarget: name, functionArgs: { method, params, ...rest } }
  return craft(host, { body: { params: JSON.stringify(call) } })
}

function signText(text: string, secret?: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    return sign(typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}, secret)
  } catch {
    return 'not-json'
  }
}
