/** The oldest that every package this host depends on promises to run on. */
const MIN_NODE_VERSION = [20, 18, 1] as const

const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number)
const [minMajor, minMinor, minPatch] = MIN_NODE_VERSION
const isNewEnough = major !== minMajor ? major > minMajor : minor !== minMinor ? minor > minMinor : patch >= minPatch
if (!isNewEnough) {
  process.stderr.write(`Node ${MIN_NODE_VERSION.join('.')} or newer is needed; this is ${process.versions.node}.\n`)
  process.exit(1)
}
