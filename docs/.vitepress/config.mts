import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vitepress'

import { navigation, sidebar } from './pages'
import { CHINESE_SEARCH, CHINESE_THEME } from './texts'
import { tokenize } from './tokenize'

const REPOSITORY = 'https://github.com/uni-captcha/uni-captcha'

export default defineConfig({
  title: 'uni-captcha',
  outDir: '../dist/docs',
  cacheDir: '../node_modules/.uni-captcha/docs',
  lastUpdated: false,
  // No network: nothing is fetched by the build or by the pages.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    codeCopyButtonTitle: '复制',
    config(md) {
      const fence = md.renderer.rules.fence!
      md.renderer.rules.fence = (...args) => {
        const html = fence(...args)
        const { relativePath } = args[3] as { relativePath: string }
        return relativePath.startsWith('en/') ? html.replace('title="复制"', 'title="Copy"') : html
      }
    },
  },
  // The playground draws with the common module's sources, which are written for Node.
  vite: {
    resolve: { alias: { crypto: fileURLToPath(new URL('./theme/node-crypto.ts', import.meta.url)) } },
    define: { Buffer: 'Uint8Array' },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: { options: { tokenize } },
        locales: { root: { translations: CHINESE_SEARCH } },
      },
    },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
  locales: {
    root: {
      label: '简体中文',
      lang: 'zh-Hans',
      description: 'uni-app 图形验证码：一次一用，抗机器识别，随处可跑',
      themeConfig: { ...CHINESE_THEME, nav: navigation('zh'), sidebar: sidebar('zh') },
    },
    en: {
      label: 'English',
      lang: 'en',
      description: 'Captchas for uni-app: once only, hard for machines to read, run anywhere',
      themeConfig: { nav: navigation('en'), sidebar: sidebar('en') },
    },
  },
})
