// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://admin-weixin.test/" }
// An address of its own gives the file a process of its own: the engine boots one application in each.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { root } from './support/host-process'
import { bootMiniProgram } from './support/weixin'

test('the administration page in WeChat says that it is for browsers, and carries nothing else', () => {
  const page = bootMiniProgram('http://127.0.0.1:9').openPage('admin')
  expect(page.dom.textContent).toContain('浏览器')
  const built = join(root, 'dist/build/mp-weixin/pages/admin')
  const files = readdirSync(built)
  expect(files.sort()).toEqual(['admin.js', 'admin.json', 'admin.wxml', 'admin.wxss'])
  expect(files.reduce((bytes, file) => bytes + readFileSync(join(built, file)).length, 0)).toBeLessThan(2000)
  page.detach()
})
