import { createRequire } from 'node:module'

import type { NodeTransform } from '@vue/compiler-core'
import type { Plugin } from 'vite'

const { initPreContext, preJs } = createRequire(import.meta.url)('@dcloudio/uni-cli-shared') as {
  initPreContext: (platform: string) => void
  preJs: (code: string) => string
}
const ELEMENT = 1
const COMPONENT = 1
const UNI_TAGS = new Set(['view', 'text', 'image', 'input', 'button'])

/** As uni's H5 compiler does it: `<input>` is uni's component, not the element of the browser. */
export const uniTags: NodeTransform = (node) => {
  if (node.type !== ELEMENT || !UNI_TAGS.has(node.tag)) return
  node.tag = `uni-${node.tag}-element`
  node.tagType = COMPONENT
}

/** uni's own preprocessor for `#ifdef`, as it runs for H5. */
export function uniConditions(): Plugin {
  initPreContext('h5')
  return {
    name: 'uni-conditions',
    enforce: 'pre',
    transform: (code, id) =>
      id.includes('/uni_modules/') && id.endsWith('.ts') && code.includes('#ifdef') ? preJs(code) : undefined,
  }
}
