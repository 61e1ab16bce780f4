/** The part of autocannon that is used here; the package has no types. */
declare module 'autocannon' {
  interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    requests: { method: string; path: string; headers: Record<string, string>; body: string | Buffer }[]
  }
  interface Result {
    requests: { average: number }
    non2xx: number
    errors: number
    timeouts: number
  }
  export default function autocannon(options: Options, done: (error: Error | null, result: Result) => void): void
}
