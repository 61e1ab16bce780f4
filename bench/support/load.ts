import { Agent } from 'node:http'

import autocannon from 'autocannon'

import { sendSuccessfully, type ClientRequest } from '../../test/support/client'

/**
 * Sends requests at a constant rate over a number of connections. Answers the latencies in milliseconds, each from the
 * moment its request was due: a stall of the server meets every request that was due in it.
 */
export async function pacedLoad(
  url: string,
  requests: readonly ClientRequest[],
  { perSecond, connections, seconds }: { perSecond: number; connections: number; seconds: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const total = Math.round(perSecond * seconds)
  const latenciesMs: number[] = []
  const answers: Promise<unknown>[] = []
  const start = performance.now()
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond) + 1)
    for (; sent < due; sent++) {
      const dueAt = start + (sent / perSecond) * 1000
      const answer = sendSuccessfully(url, requests[sent % requests.length]!, agent)
      answers.push(answer.then(() => latenciesMs.push(performance.now() - dueAt)))
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(answers)
  agent.destroy()
  return latenciesMs
}

/** As many requests as the server takes over a number of connections; answers how many a second. */
export function fullLoad(
  url: string,
  requests: ClientRequest[],
  { connections, seconds }: { connections: number; seconds: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    autocannon({ url, connections, duration: seconds, requests }, (error, result) => {
      if (error) return reject(error)
      const { non2xx, errors, timeouts } = result
      if (non2xx > 0 || errors > 0)
        reject(new Error(`${url}: ${non2xx} bad answers, ${errors} errors, ${timeouts} time-outs`))
      else resolve(result.requests.average)
    })
  })
}
