import { readdirSync, readFileSync } from 'node:fs'

import { defineConfig } from 'vitepress'

/** Pages by path, with their names; Chinese at the root, English below `en/`. */
const PAGES: [path: string, zh: string, en: string][] = [
  ['start', '快速开始', 'Quick start'],
  ['components', '组件', 'Components'],
  ['cloud', '公共模块', 'Common module'],
  ['guard', '按需弹出验证码', 'Captcha on demand'],
  ['proof-of-work', '免看图验证', 'Proof of work'],
  ['backends', '接入任意后端', 'Any back end'],
  ['sms', '短信验证码', 'SMS codes'],
  ['configuration', '配置与错误', 'Configuration and errors'],
  ['administration', '管理与统计', 'Administration and statistics'],
  ['self-hosting', '私有化部署', 'Self-hosting'],
  ['operations', '多进程、多机部署与故障处理', 'Scaling out'],
  ['pictures', '图片：抗机器识别效果', 'Images: resistance to machine reading'],
  ['security', '安全与局限', 'Security model and limitations'],
  ['figures', '性能与实测数据', 'Benchmarks'],
  ['migration', '从 DCloud 插件迁移', "Migrating from DCloud's plugin"],
  ['compatibility', '平台兼容性', 'Platform support'],
]
/** Written for people who read the code, in English only. */
const INSIDE = [
  { text: 'Architecture', link: '/architecture' },
  { text: 'What stores guarantee', link: '/stores' },
  { text: 'How a picture is drawn', link: '/rendering' },
  { text: 'Decisions', collapsed: true, items: decisionPages() },
]

export default defineConfig({
  title: 'uni-captcha',
  outDir: '../dist/docs',
  cacheDir: '../node_modules/.uni-captcha/docs',
  lastUpdated: false,
  // No network: nothing is fetched by the build or by the pages.
  head: [],
  themeConfig: { search: { provider: 'local' } },
  locales: {
    root: {
      label: '简体中文',
      lang: 'zh-Hans',
      description: 'uni-app 图形验证码：一次一用，抗机器识别，随处可跑',
      themeConfig: {
        sidebar: [
          { items: PAGES.map(([path, text]) => ({ text, link: `/${path}` })) },
          { text: '内部实现（英文）', items: INSIDE },
        ],
        outline: { label: '本页' },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '深色',
        sidebarMenuLabel: '目录',
        returnToTopLabel: '回到顶部',
      },
    },
    en: {
      label: 'English',
      lang: 'en',
      description: 'Captchas for uni-app: once only, hard for machines to read, run anywhere',
      themeConfig: {
        sidebar: [
          { items: PAGES.map(([path, , text]) => ({ text, link: `/en/${path}` })) },
          { text: 'Internals', items: INSIDE },
        ],
      },
    },
  },
})

/** Every record of docs/decisions by its first heading, so that a new one is listed by itself. */
function decisionPages() {
  const folder = new URL('../decisions/', import.meta.url)
  return readdirSync(folder).map((file) => ({
    text: /^# (.+)$/m.exec(readFileSync(new URL(file, folder), 'utf8'))?.[1] ?? file,
    link: `/decisions/${file.replace(/\.md$/, '')}`,
  }))
}
