import { readdirSync, readFileSync } from 'node:fs'

import { defineConfig } from 'vitepress'

/** Pages by path, with their names; Chinese at the root, English below `en/`. */
const PAGES: [path: string, zh: string, en: string][] = [
  ['start', '开始', 'Start'],
  ['components', '组件', 'Components'],
  ['cloud', '公共模块', 'Common module'],
  ['guard', '频繁时才要验证码', 'A captcha only when calls become frequent'],
  ['proof-of-work', '不看图片也能通过', 'A way through without a picture'],
  ['sms', '短信验证码', 'SMS codes'],
  ['configuration', '配置与错误', 'Configuration and errors'],
  ['administration', '管理与统计', 'Administration and statistics'],
  ['self-hosting', '自己部署', 'Running it yourself'],
  ['operations', '多进程、多机与故障', 'Past one machine'],
  ['pictures', '图片：机器读得出多少', 'Pictures: what machines read'],
  ['security', '安全与局限', 'Security and honest limits'],
  ['figures', '实测', 'Figures'],
  ['migration', '从 DCloud 的插件换过来', "Moving from DCloud's plugin"],
  ['compatibility', '哪些端', 'Targets'],
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
      description: 'uni-app 图形验证码：一次一用，机器难读，随处可跑',
      themeConfig: {
        sidebar: [
          { items: PAGES.map(([path, text]) => ({ text, link: `/${path}` })) },
          { text: '内部（英文）', items: INSIDE },
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
      description: 'Captchas for uni-app: once only, hard for machines, run anywhere',
      themeConfig: {
        sidebar: [
          { items: PAGES.map(([path, , text]) => ({ text, link: `/en/${path}` })) },
          { text: 'Inside', items: INSIDE },
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
