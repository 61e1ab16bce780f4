import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { addVue2 } from '../../scripts/build-vue2'
import { makeFolder } from '../support/folder'
import { writeFiles } from '../support/project'

const { folder: checkout, remove } = makeFolder('vue2')
afterEach(remove)

const SOURCES = {
  'components/a/a.vue': `<script setup lang="ts">
import { one } from './one'
import { two } from '../../js_sdk/two'
const sum: number = one + two
</script>
<template><text>{{ sum }}</text></template>
`,
  'components/a/one.ts': 'export const one: number = 1\n',
  'js_sdk/two.ts': 'export const two: number = 2\n',
  'vue2/composition.ts': 'export const toOptions = (options: object) => options\n',
}

function filesBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => statSync(join(folder, name)).isFile()).sort()
}

describe('what a plugin brings for Vue 2', () => {
  it.each(['project', 'components', 'js_sdk', 'vue2', 'vue2/components', 'js_sdk/vue2'])(
    'stays within the plugin, and its imports with it, in a checkout below a folder named %s',
    (name) => {
      const folder = join(checkout, name, 'uni_modules')
      writeFiles(join(folder, 'uni-captcha'), SOURCES)
      addVue2({ folder, plugin: 'uni-captcha' })
      const made = ['components/a/a.js', 'components/a/one.js', 'composition.js', 'js_sdk/two.js']
      const kept = Object.keys(SOURCES).filter((path) => !path.startsWith('vue2/'))
      const expected = [...kept, ...made.map((path) => `vue2/${path}`)].map((path) =>
        join(name, 'uni_modules/uni-captcha', path),
      )
      expect(filesBelow(checkout)).toEqual(expected.sort())
      const view = readFileSync(join(folder, 'uni-captcha/vue2/components/a/a.js'), 'utf8')
      for (const path of ['./one.js', '../../js_sdk/two.js', '../../composition.js'])
        expect(view).toContain(`'${path}'`)
      const component = readFileSync(join(folder, 'uni-captcha/components/a/a.vue'), 'utf8')
      expect(component).toContain(`import optionsInVue2 from '../../vue2/components/a/a.js'`)
    },
  )
})
