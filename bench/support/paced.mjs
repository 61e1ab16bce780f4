import { Agent, request } from 'node:http'

/**
 * Sends requests (bodies and headers as `clientRequest` makes them) at a constant rate over a number of connections.
 * Answers the latencies in milliseconds, sorted, each from the moment its request was due: a stall of the server meets
 * every request that was due in it.
 */
export async function pacedLoad(url, requests, { perSecond, connections, seconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const total = Math.round(perSecond * seconds)
  const latenciesMs = []
  const answers = []
  const start = performance.now()
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond) + 1)
    for (; sent < due; sent++) {
      const dueAt = start + (sent / perSecond) * 1000
      answers.push(
        send(url, agent, requests[sent % requests.length]).then(() => latenciesMs.push(performance.now() - dueAt)),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(answers)
  agent.destroy()
  return latenciesMs.sort((a, b) => a - b)
}

/** Sends one request; rejects unless it is answered with a success of the function. */
function send(url, agent, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const out = request(
      url + path,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, agent },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () => (text.includes('"errCode":0') ? resolve() : reject(new Error(text.slice(0, 200)))))
      },
    )
    out.on('error', reject)
    out.end(body)
  })
}
