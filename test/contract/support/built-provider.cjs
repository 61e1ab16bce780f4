// For the tests of the built SMS providers on the oldest Node: sends one message by one provider, and says what became
// of it and which providers were loaded. Arguments: the common module's folder, the provider, its function, JSON.
const { join } = require('path')

const [, , folder, provider, open, argument] = process.argv
const { settings, message } = JSON.parse(argument)

async function main() {
  const outcome = await require(join(folder, provider))[open](settings)(message, 3000)
  const loaded = Object.keys(require.cache).filter((file) => file.startsWith(folder))
  process.stdout.write(JSON.stringify({ outcome, loaded: loaded.map((file) => file.slice(folder.length + 1)) }))
}

main()
