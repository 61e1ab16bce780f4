import { Cluster, Redis } from 'ioredis'
import { UniCloudError } from '../shared/uni-cloud-error'
import type { RedisProblem } from './problems'

/** What goes through before it is known whether this Redis may be used: a connection's own beginning and end. */
const ALWAYS = new Set([
  'auth',
  'client',
  'cluster',
  'hello',
  'info',
  'ping',
  'quit',
  'readonly',
  'readwrite',
  'asking',
])

type Command = Parameters<Redis['sendCommand']>[0]

/** Whether commands are sent: from when a connection has been looked at until it is lost or found unfit. */
export class Gate {
  private isOpen = false
  private problem: RedisProblem | undefined
  private isPassing = false

  open(): void {
    this.isOpen = true
    this.problem = undefined
  }

  /** With a problem every command says what it is; without one it fails as on a connection that is not there yet. */
  shut(problem?: RedisProblem): void {
    this.isOpen = false
    this.problem = problem
  }

  get isShut(): boolean {
    return !this.isOpen
  }

  /** Sends at once what `send` sends, open or not. */
  pass<T>(send: () => T): T {
    this.isPassing = true
    try {
      return send()
    } finally {
      this.isPassing = false
    }
  }

  /** Why a command may not go out; undefined when it may. */
  refusal(name: string): Error | undefined {
    if (this.isOpen || this.isPassing || ALWAYS.has(name)) return undefined
    if (!this.problem) return new Error('Redis is not ready')
    const { kind, detail } = this.problem
    return new UniCloudError({ errCode: `uni-cloud-redis-${kind}`, errMsg: detail, errSubject: 'uniCloud' })
  }
}

function refuse(command: Command, error: Error): unknown {
  command.reject(error)
  return command.promise
}

export class GatedRedis extends Redis {
  readonly gate = new Gate()

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    // The client itself sends while it is being constructed.
    const refusal = (this.gate as Gate | undefined)?.refusal(command.name)
    return refusal ? refuse(command, refusal) : super.sendCommand(command, stream)
  }
}

export class GatedCluster extends Cluster {
  readonly gate = new Gate()

  override sendCommand(...[command, stream, node]: Parameters<Cluster['sendCommand']>): unknown {
    const refusal = (this.gate as Gate | undefined)?.refusal(command.name)
    return refusal ? refuse(command, refusal) : super.sendCommand(command, stream, node)
  }
}
