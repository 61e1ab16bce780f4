// Loaded into a host before anything else: its clock goes by the offset (milliseconds) that the file CLOCK_FILE holds.
const { readFileSync } = require('node:fs')

const RealDate = Date
let offsetMs = 0
setInterval(() => {
  offsetMs = Number(readFileSync(process.env.CLOCK_FILE, 'utf8')) || 0
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
