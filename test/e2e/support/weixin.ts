import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { root } from './host-process'

const require = createRequire(import.meta.url)
/** What WeChat sends with every request; pages cannot change it. */
const REFERER = 'https://servicewechat.com/touristappid/devtools/page-frame.html'
/** What a form takes of the 390 px of the screen. */
export const FORM_PX = 358
/** The address that the build carries when CLOUD_URL is not set. */
const BUILT_FOR = 'http://127.0.0.1:3000'

interface Answer {
  statusCode?: number
  data?: unknown
  header?: object
  errMsg: string
}

interface RequestOptions {
  url: string
  method?: string
  data?: unknown
  header?: Record<string, string>
  success?: (answer: Answer) => void
  fail?: (answer: Answer) => void
  complete?: (answer: Answer) => void
}

/** A phone as far as the application asks for one: storage, system information and a network to the host. */
export function installWeixin(hostUrl: string) {
  const storage = new Map<string, unknown>()
  const messages: string[] = []
  const requests: string[] = []
  // Requests that are held wait until the test lets them go.
  const network = { isUp: true, held: undefined as (() => void)[] | undefined }

  const request = ({ url, method = 'GET', data, header = {}, success, fail, complete }: RequestOptions) => {
    const body = typeof data === 'string' ? data : JSON.stringify(data)
    requests.push(body)
    const finish = (report: typeof success, answer: Answer) => {
      report?.(answer)
      complete?.(answer)
    }
    const failed = () => finish(fail, { errMsg: 'request:fail' })
    const send = () => {
      if (!network.isUp) return failed()
      const headers = { ...header, referer: REFERER }
      const outgoing = httpRequest(url.replace(BUILT_FOR, hostUrl), { method, headers }, async (response) => {
        let text = ''
        for await (const chunk of response) text += String(chunk)
        const { statusCode = 0, headers } = response
        finish(success, { statusCode, data: JSON.parse(text), header: headers, errMsg: 'request:ok' })
      })
      return outgoing.on('error', failed).end(body)
    }
    if (network.held) network.held.push(send)
    else setTimeout(send)
    return { abort: () => {}, onHeadersReceived: () => {}, offHeadersReceived: () => {} }
  }
  const themeListeners: ((change: { theme: string }) => void)[] = []
  const system = {
    theme: 'light',
    appId: 'touristappid',
    brand: 'devtools',
    model: 'iPhone 15',
    language: 'zh_CN',
    version: '8.0.50',
    platform: 'devtools',
    system: 'iOS 17.0',
    SDKVersion: '3.4.0',
    pixelRatio: 2,
    windowWidth: 390,
    windowHeight: 844,
    screenWidth: 390,
    screenHeight: 844,
    statusBarHeight: 20,
    safeArea: { top: 20, bottom: 844, left: 0, right: 390, width: 390, height: 824 },
  }
  // There is no layout here: whatever is asked for is as wide as a form on this phone.
  const createSelectorQuery = () => {
    const asked: ((box: object) => void)[] = []
    const query = {
      in: () => query,
      select: () => query,
      boundingClientRect: (callback: (box: object) => void) => (asked.push(callback), query),
      exec: () =>
        void setTimeout(() => asked.forEach((tell) => tell({ left: 16, top: 0, width: FORM_PX, height: 44 }))),
    }
    return query
  }
  const wx = {
    request,
    createSelectorQuery,
    getSystemInfoSync: () => system,
    getAppBaseInfo: () => system,
    getDeviceInfo: () => system,
    getWindowInfo: () => system,
    getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001, referrerInfo: {} }),
    getEnterOptionsSync: () => ({ path: '', query: {}, scene: 1001, referrerInfo: {} }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop' } }),
    getStorageSync: (key: string) => storage.get(key) ?? '',
    setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
    setStorage: ({ key, data }: { key: string; data: unknown }) => void storage.set(key, data),
    removeStorageSync: (key: string) => void storage.delete(key),
    onAppShow: () => {},
    onAppHide: () => {},
    onThemeChange: (listener: (change: { theme: string }) => void) => void themeListeners.push(listener),
    onNetworkStatusChange: () => {},
    setNavigationBarTitle: () => {},
    showLoading: () => {},
    hideLoading: () => {},
    showModal: ({ content }: { content: string }) => void messages.push(content),
    showToast: ({ title }: { title: string }) => void messages.push(title),
    canIUse: () => true,
    nextTick: (callback: () => void) => queueMicrotask(callback),
  }
  let app: unknown
  Object.assign(globalThis, {
    wx,
    App: (options: { onLaunch?: (options: unknown) => void }) => {
      app = options
      options.onLaunch?.(wx.getLaunchOptionsSync())
    },
    // uni makes its pages with Component(); it only wraps this.
    Page: () => {},
    getApp: () => app,
    getCurrentPages: () => [],
  })
  const setTheme = (theme: string) => {
    system.theme = theme
    for (const listener of themeListeners) listener({ theme })
  }
  return { messages, requests, network, setTheme }
}

/** A node of a rendered page; selectors reach into one component, not into those within. */
export interface SimulatedNode {
  dom: HTMLElement
  data: Record<string, unknown>
  /** of a page: what WeChat calls */
  instance: { onLoad: (query: Record<string, string>) => void }
  querySelector: (selector: string) => SimulatedNode | undefined
  querySelectorAll: (selector: string) => SimulatedNode[]
  dispatchEvent: (name: string, options?: { detail?: unknown }) => void
  attach: (parent: Element) => void
  detach: () => void
}

// The engine knows the built-in tags by name only; these are the properties that the tests look at.
const BUILT_IN = {
  image: { src: String },
  input: { value: String, maxlength: Number, focus: Boolean, placeholder: String },
}

interface Simulator {
  load: (component: string | object, options?: object) => string
  render: (id: string) => SimulatedNode
}

/** WeChat's own compiler and component engine, with the built-in tags as far as the tests look at them. */
export function startSimulator(): Simulator {
  const simulate = require('miniprogram-simulate') as Simulator
  for (const [tag, properties] of Object.entries(BUILT_IN)) {
    simulate.load({ id: tag, tagName: `wx-${tag}`, template: '<slot/>', properties })
  }
  return simulate
}

/** The built mini-program, booted once against a host; pages are rendered by WeChat's own compiler and component engine. */
export function bootMiniProgram(hostUrl: string, rootPath = join(root, 'dist/build/mp-weixin')) {
  const device = installWeixin(hostUrl)
  const compiled: string[] = []
  Object.assign(globalThis, {
    // WeChat's own: it takes a file of the package and nothing else.
    WXWebAssembly: {
      instantiate: (path: string, imports: WebAssembly.Imports) => {
        compiled.push(path)
        return WebAssembly.instantiate(readFileSync(join(rootPath, path)), imports)
      },
    },
  })
  const simulate = startSimulator()
  require(join(rootPath, 'app.js'))
  return {
    ...device,
    /** files that were instantiated as WebAssembly */
    compiled,
    /** `query` is what a page is opened with. */
    openPage: (name: string, query?: Record<string, string>): SimulatedNode => {
      const id = simulate.load(join(rootPath, 'pages', name, name), { compiler: 'official', rootPath })
      const page = simulate.render(id)
      page.attach(document.body)
      if (query) page.instance.onLoad(query)
      return page
    },
  }
}

/** A finger that goes along `dom`, from one place to the next, and is lifted at the last; in CSS pixels from the left. */
export async function drag(dom: Element, places: readonly number[]): Promise<void> {
  const fire = async (name: string, x: number) => {
    const touch = new Touch({ identifier: 1, target: dom, clientX: x, clientY: 22, pageX: x, pageY: 22 })
    const touches = name === 'touchend' ? [] : [touch]
    dom.dispatchEvent(new TouchEvent(name, { bubbles: true, cancelable: true, touches, changedTouches: [touch] }))
    // A phone tells of the next move later than of a box that was asked for.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const [first = 0, ...rest] = places
  await fire('touchstart', first)
  for (const x of rest) await fire('touchmove', x)
  await fire('touchend', rest.at(-1) ?? first)
}

/** A node that has to be there. */
export function findNode(parent: SimulatedNode | undefined, selector: string): SimulatedNode {
  const node = parent?.querySelector(selector)
  if (!node) throw new Error(`there is no ${selector}`)
  return node
}
