// For the tests of the built plugins on Node 12, which the database's binding does not load on: `uniCloud.database()`
// whose statements run in the parent process, on the real embedded database. Runs the requests that it is sent.
const waiting = new Map()
let sent = 0

const command = new Proxy(
  {},
  {
    get:
      (_, name) =>
      (...args) => ({ $command: [name, ...args] }),
  },
)
const STATEMENTS = new Set(['get', 'update', 'remove', 'set', 'add', 'updateAndReturn'])

function query(chain) {
  return new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...args) => {
          const longer = [...chain, [name, ...args]]
          if (!STATEMENTS.has(name)) return query(longer)
          const id = ++sent
          process.send({ statement: id, chain: longer })
          return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
        },
    },
  )
}

global.uniCloud = {
  database: () => ({ command, collection: (name) => query([['collection', name]]) }),
  // What our own host has in development mode.
  developmentSms: (sms) => process.send({ sms }),
  getClientInfos: () => [{ deviceId: 'phone', clientIP: '203.0.113.9' }],
}

const common = require(process.argv[2])

process.on('message', async (message) => {
  if (message.statement) {
    const { resolve, reject } = waiting.get(message.statement)
    waiting.delete(message.statement)
    if (message.error) reject(new Error(message.error))
    else resolve(message.reply)
  } else {
    process.send({ call: message.call, answer: await common[message.method](message.params) })
  }
})
process.on('disconnect', () => process.exit(0))
process.send({ ready: process.version, exports: Object.keys(common) })
