const OLDEST_MAJOR = 20

const [major] = process.versions.node.split('.')
if (Number(major) < OLDEST_MAJOR) {
  process.stderr.write(`Node ${OLDEST_MAJOR} or newer is needed; this is ${process.versions.node}.\n`)
  process.exit(1)
}
