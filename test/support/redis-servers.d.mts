export interface RedisServer {
  port: number
  pid: number
  url: string
  ask(...command: string[]): Promise<string>
  pause(): void
  resume(): void
  kill(): Promise<void>
  stop(): Promise<void>
}

export function freePorts(count: number): Promise<number[]>

export interface RedisCluster {
  nodes: RedisServer[]
  urls: string[]
  stop(): Promise<void>
}

export function startRedis(settings?: {
  port?: number
  options?: Record<string, string | number>
  sentinel?: string[]
}): Promise<RedisServer>

export function startCluster(settings?: {
  nodeTimeoutMs?: number
  options?: Record<string, string | number>
}): Promise<RedisCluster>
