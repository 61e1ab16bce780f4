import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { HostSettings } from '../../../host/index'
import { copyPlugins } from '../../support/project'
import { openHost, writeProject, type OpenedHost } from './host-project'

export const TOKEN = 'a-token-of-at-least-24-characters'

const CENTER = 'uni_modules/uni-config-center/uniCloud/cloudfunctions/common/uni-config-center'

/** A host with the shipped plugins, an application that verifies, and a configuration of its own. */
export interface AdminHost extends OpenedHost {
  projectDir: string
  configFile: string
}

/** The file is not written where `config` is undefined. */
export async function openAdminHost(config?: unknown, settings: Partial<HostSettings> = {}): Promise<AdminHost> {
  const projectDir = projectWith(config)
  const host = await openHost({ projectDir, adminToken: TOKEN, floodLimitPerMinute: 0, ...settings })
  return { ...host, projectDir, configFile: join(projectDir, CENTER, 'uni-captcha/config.json') }
}

function projectWith(config: unknown): string {
  const projectDir = writeProject({})
  const isCode = (path: string) => !path.endsWith('uni-captcha/config.json')
  copyPlugins(projectDir, ['uni-captcha', 'uni-config-center'], isCode)
  const folder = join(projectDir, CENTER, 'uni-captcha')
  mkdirSync(folder, { recursive: true })
  const text = typeof config === 'string' ? config : JSON.stringify(config, null, 2)
  if (config !== undefined) writeFileSync(join(folder, 'config.json'), text)
  return projectDir
}

export interface AdminAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown> & { error?: { code: string; message: string; [field: string]: unknown } }
}

/** A browser on the page, as far as the server can tell: it keeps the cookie and sends the origin. */
export class AdminBrowser {
  cookie = ''

  constructor(
    private readonly url: string,
    private readonly extra: Record<string, string> = {},
    private readonly path = '/admin',
  ) {}

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<AdminAnswer> {
    const response = await fetch(`${this.url}${this.path}/api${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(method === 'GET' ? {} : { 'content-type': 'application/json', origin: this.url }),
        ...(this.cookie && { cookie: this.cookie }),
        ...this.extra,
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.cookie = set.split(';')[0] ?? ''
    return { status: response.status, headers: response.headers, body: (await response.json()) as AdminAnswer['body'] }
  }

  signIn(token = TOKEN, name = ''): Promise<AdminAnswer> {
    return this.send('POST', '/login', { token, name })
  }

  async config(): Promise<{ version: string; text: string } & AdminAnswer['body']> {
    return (await this.send('GET', '/config')).body as { version: string; text: string }
  }

  save(version: string, config: unknown): Promise<AdminAnswer> {
    return this.send('PUT', '/config', { version, text: typeof config === 'string' ? config : JSON.stringify(config) })
  }

  preview(config: unknown, scene = ''): Promise<AdminAnswer> {
    return this.send('POST', '/preview', { text: typeof config === 'string' ? config : JSON.stringify(config), scene })
  }
}

/** A browser that has signed in. */
export async function signedIn(host: { url: string }, name = ''): Promise<AdminBrowser> {
  const browser = new AdminBrowser(host.url)
  const { status } = await browser.signIn(TOKEN, name)
  if (status !== 200) throw new Error(`could not sign in: ${status}`)
  return browser
}
