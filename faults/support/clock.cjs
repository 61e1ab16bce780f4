// Loaded into a host before anything else: its clock goes by the offset (milliseconds) that the file CLOCK_FILE holds, and
// the file CLOCK_FILE.seen says by which.
const { readFileSync, writeFileSync } = require('node:fs')

const RealDate = Date
let offsetMs = 0
setInterval(() => {
  const text = readFileSync(process.env.CLOCK_FILE, 'utf8')
  // Empty while it is written.
  if (text === '' || Number(text) === offsetMs) return
  offsetMs = Number(text)
  writeFileSync(`${process.env.CLOCK_FILE}.seen`, text)
}, 20).unref()

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length > 0) super(...given)
    else super(RealDate.now() + offsetMs)
  }

  static now() {
    return RealDate.now() + offsetMs
  }
}
