import { join } from 'node:path'

import { root } from './host-process'
import { installWeixin, startSimulator, type SimulatedNode } from './weixin'

const rootPath = join(root, 'examples/wechat-native')

interface PageOptions {
  data: object
  onLoad?: () => void
  onUnload?: () => void
  [method: string]: unknown
}

interface RandomRequest {
  length: number
  success: (answer: { randomValues: ArrayBuffer }) => void
}

/** The example without uni-app, on a phone whose network leads to a host. */
export function openNativeExample(hostUrl: string) {
  const device = installWeixin(hostUrl)
  const simulate = startSimulator()
  Object.assign((globalThis as unknown as { wx: object }).wx, {
    getRandomValues: ({ length, success }: RandomRequest) =>
      success({ randomValues: crypto.getRandomValues(new Uint8Array(length)).buffer }),
  })
  // The engine renders components; a page is one, but for the names of its hooks.
  const { Component } = globalThis as unknown as { Component: (options: object) => void }
  Object.assign(globalThis, {
    Page: ({ data, onLoad, onUnload, ...methods }: PageOptions) =>
      Component({ data, methods, lifetimes: { attached: onLoad, detached: onUnload } }),
  })
  return {
    ...device,
    openPage: (name: string): SimulatedNode => {
      const page = simulate.render(
        simulate.load(join(rootPath, 'pages', name, name), { compiler: 'official', rootPath }),
      )
      page.attach(document.body)
      return page
    },
  }
}
