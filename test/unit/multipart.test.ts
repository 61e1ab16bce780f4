import fc from 'fast-check'
import { expect, it } from 'vitest'

import { parseMultipart } from '../../uni_modules/uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/sites/multipart'

/** As the standard has it: what ends a line in a field is sent as CRLF. */
const normalised = (text: string) => text.replace(/\r\n|\r|\n/g, '\r\n')

it('reads from any form what FormData wrote into it', async () => {
  const fields = fc.array(fc.tuple(fc.stringMatching(/^[\w-]{1,20}$/), fc.string({ unit: 'grapheme' })), {
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(fields, async (given) => {
      const form = new FormData()
      for (const [name, value] of given) form.append(name, value)
      const sent = new Response(form)
      const read = parseMultipart(await sent.text(), sent.headers.get('content-type')!)
      expect(read).toEqual(given.map(([name, value]) => [name, normalised(value)]))
    }),
    { numRuns: 100 },
  )
})

it('reads no file as a field, and no text of which a part is missing', async () => {
  const form = new FormData()
  form.append('secret', 'a')
  const sent = new Response(form)
  const [text, type] = [await sent.text(), sent.headers.get('content-type')!]
  expect(parseMultipart(text, type)).toEqual([['secret', 'a']])
  for (let length = 0; length < text.trimEnd().length; length++) {
    expect(parseMultipart(text.slice(0, length), type), `${length} characters`).toBeUndefined()
  }
  form.append('file', new Blob(['x']))
  const withFile = new Response(form)
  expect(parseMultipart(await withFile.text(), withFile.headers.get('content-type')!)).toBeUndefined()
})

it('takes its time from the length of a text alone, whatever the text is', () => {
  for (const unit of ['\r\n--x', '--x\r\n', '; name=', 'content-disposition: form-data;', ' ', '\r\n\r\n']) {
    const text = unit.repeat(1_048_576 / unit.length)
    // Of the processor, not of the wall: a search that begins anew at each part would take minutes.
    const before = process.cpuUsage()
    parseMultipart(text, 'multipart/form-data; boundary=x')
    expect(process.cpuUsage(before).user / 1e6, unit).toBeLessThan(5)
  }
})
