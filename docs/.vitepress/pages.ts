// What the site's menus list: every page, once, with its name in both languages.
import { readdirSync, readFileSync } from 'node:fs'

export type SiteLanguage = 'zh' | 'en'

interface Page {
  path: string
  zh: string
  en: string
}

interface Group {
  zh: string
  en: string
  pages: Page[]
}

export const GROUPS: Group[] = [
  {
    zh: '入门',
    en: 'Getting started',
    pages: [
      { path: 'start', zh: '快速开始', en: 'Quick start' },
      { path: 'playground', zh: '试一试', en: 'Playground' },
      { path: 'migration', zh: '从 DCloud 插件迁移', en: "Migrating from DCloud's plugin" },
      { path: 'comparison', zh: '与其他方案的对比', en: 'Comparison' },
      { path: 'compatibility', zh: '平台兼容性', en: 'Platform support' },
    ],
  },
  {
    zh: '使用',
    en: 'Using it',
    pages: [
      { path: 'components', zh: '组件', en: 'Components' },
      { path: 'cloud', zh: '公共模块', en: 'Common module' },
      { path: 'backends', zh: '接入任意后端', en: 'Any back end' },
      { path: 'guard', zh: '按需弹出验证码', en: 'Captcha on demand' },
      { path: 'proof-of-work', zh: '免看图验证', en: 'Proof of work' },
      { path: 'sms', zh: '短信验证码', en: 'SMS codes' },
      { path: 'configuration', zh: '配置与错误', en: 'Configuration and errors' },
    ],
  },
  {
    zh: '部署',
    en: 'Running it',
    pages: [
      { path: 'self-hosting', zh: '私有化部署', en: 'Self-hosting' },
      { path: 'operations', zh: '多进程、多机部署与故障处理', en: 'Scaling out' },
      { path: 'administration', zh: '管理与统计', en: 'Administration and statistics' },
    ],
  },
  {
    zh: '依据',
    en: 'Evidence',
    pages: [
      { path: 'pictures', zh: '图片：抗机器识别效果', en: 'Images: resistance to machine reading' },
      { path: 'security', zh: '安全与局限', en: 'Security model and limitations' },
      { path: 'figures', zh: '性能与实测数据', en: 'Benchmarks' },
    ],
  },
]

/** Written for people who read the code, in English; `en/[page].paths.ts` gives each an address in both languages. */
export const INTERNAL_PAGES: Page[] = [
  { path: 'architecture', zh: '架构', en: 'Architecture' },
  { path: 'stores', zh: '存储的保证', en: 'What stores guarantee' },
  { path: 'rendering', zh: '图片的画法', en: 'How a picture is drawn' },
]

const PREFIX: Record<SiteLanguage, string> = { zh: '/', en: '/en/' }

export function sidebar(language: SiteLanguage) {
  const toItem = (page: Page) => ({ text: page[language], link: PREFIX[language] + page.path })
  return [
    ...GROUPS.map((group) => ({ text: group[language], items: group.pages.map(toItem) })),
    {
      text: { zh: '内部实现（英文）', en: 'Internals' }[language],
      collapsed: true,
      items: [
        ...INTERNAL_PAGES.map(toItem),
        { text: { zh: '设计决策', en: 'Decisions' }[language], collapsed: true, items: decisionItems(language) },
      ],
    },
  ]
}

export function navigation(language: SiteLanguage) {
  const names = ['start', 'playground', 'components', 'configuration', 'self-hosting']
  const pages = GROUPS.flatMap((group) => group.pages)
  const items = names.map((path) => pages.find((page) => page.path === path)!)
  return items.map((page) => ({ text: page[language], link: PREFIX[language] + page.path }))
}

/** Every record of docs/decisions by its first heading, so that a new one is listed by itself. */
function decisionItems(language: SiteLanguage) {
  return decisionNames().map((name) => ({ text: readTitle(name), link: `${PREFIX[language]}decisions/${name}` }))
}

const DECISIONS = new URL('../decisions/', import.meta.url)

export function decisionNames(): string[] {
  return readdirSync(DECISIONS).map((file) => file.replace(/\.md$/, ''))
}

function readTitle(name: string): string {
  return /^# (.+)$/m.exec(readFileSync(new URL(`${name}.md`, DECISIONS), 'utf8'))?.[1] ?? name
}

/** A page of the root as it reads below `en/`: beside the English pages, its pictures one folder up. */
export function readForEnglish(path: string): string {
  return readFileSync(new URL(`../${path}.md`, import.meta.url), 'utf8').replaceAll('](images/', '](../images/')
}
