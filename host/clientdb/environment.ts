import type { Operand } from './expression'
import { needsLogin } from './login'
import { notSupported, quote } from './errors'
import type { Caller } from './permission'

/** `uid`, `now` or `clientIP`, of the server and not of the client. Throws ClientDbError; without a login for `uid`. */
export function readEnvironment(name: string, caller: Caller): string | number {
  if (name === 'now') return caller.nowMs
  if (name === 'clientIP') return caller.clientIP
  if (name !== 'uid') throw notSupported(`the variable ${quote(name)}; there are uid, now and clientIP`)
  if (caller.login.uid === null) throw needsLogin(caller.login)
  return caller.login.uid
}

/** `$cloudEnv_uid` and `$env.uid` in a where(), or undefined for the name of a field. */
export function resolveEnvironment(path: readonly string[], caller: Caller): Operand | undefined {
  const [first = '', second = ''] = path
  const name = first === '$env' ? second : first.startsWith('$cloudEnv_') ? first.slice('$cloudEnv_'.length) : undefined
  return name === undefined ? undefined : { kind: 'value', value: readEnvironment(name, caller) }
}
