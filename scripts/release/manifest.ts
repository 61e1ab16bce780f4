// The rules of uni_modules for a plugin's package.json (https://uniapp.dcloud.net.cn/plugin/uni_modules.html).

const MAX_KEYWORDS = 5
const TYPES = [
  'component-vue',
  'component-uts',
  'uts',
  'sdk-js',
  'unicloud-template-function',
  'unicloud-template-project',
  'unicloud-template-page',
  'unicloud-admin',
]
const ANSWERS = ['√', 'x', '-']
const PLATFORMS = {
  cloud: ['tcb', 'aliyun', 'alipay'],
  'client.uni-app.vue': ['vue2', 'vue3'],
  'client.uni-app.web': ['safari', 'chrome'],
  'client.uni-app.app': ['vue', 'nvue', 'android', 'ios', 'harmony'],
  'client.uni-app.mp': ['weixin', 'alipay', 'toutiao', 'baidu', 'kuaishou', 'jd', 'harmony', 'qq', 'lark'],
  'client.uni-app.quickapp': ['huawei', 'union'],
  'client.uni-app-x.web': ['safari', 'chrome'],
  'client.uni-app-x.app': ['android', 'ios', 'harmony'],
}

type Test = (value: unknown) => boolean

const isText = (value: unknown): value is string => typeof value === 'string'
const isFilled: Test = (value) => isText(value) && value.trim() !== ''
const isPrice: Test = (value) => isText(value) && /^\d+\.\d{2}$/.test(value)
const isListOf =
  (test: Test) =>
  (value: unknown): value is unknown[] =>
    Array.isArray(value) && value.every((entry) => test(entry))

const FIELDS: [path: string, holds: Test, rule: string][] = [
  ['displayName', isFilled, 'a text'],
  ['version', (value) => isText(value) && /^\d+\.\d+\.\d+$/.test(value), 'a version x.y.z'],
  ['description', isFilled, 'a text'],
  ['keywords', (value) => isListOf(isFilled)(value) && value.length > 0, 'a list of texts'],
  ['keywords', (value) => !Array.isArray(value) || value.length <= MAX_KEYWORDS, `at most ${MAX_KEYWORDS} words`],
  ['repository', isText, 'a text, which may be empty'],
  ['engines.HBuilderX', isFilled, 'a range of versions'],
  ['dcloudext.type', (value) => isText(value) && TYPES.includes(value), `one of ${TYPES.join(', ')}`],
  ['dcloudext.sale.regular.price', isPrice, 'a price such as "0.00"'],
  ['dcloudext.sale.sourcecode.price', isPrice, 'a price such as "0.00"'],
  ['dcloudext.contact.qq', isText, 'a text, which may be empty'],
  ['dcloudext.declaration.ads', isFilled, 'a text'],
  ['dcloudext.declaration.data', isFilled, 'a text'],
  ['dcloudext.declaration.permissions', isFilled, 'a text'],
  ['dcloudext.npmurl', isText, 'a text, which may be empty'],
  ['uni_modules.dependencies', isListOf(isFilled), 'a list of plugin ids'],
  ['uni_modules.encrypt', isListOf(isFilled), 'a list of paths'],
]

/** What is wrong with the package.json of the plugin of this id. */
export function manifestFaults(manifest: Record<string, unknown>, id: string): string[] {
  const faults = manifest.id === id ? [] : [`package.json: id is ${JSON.stringify(manifest.id)}, the plugin ${id}`]
  for (const [path, holds, rule] of FIELDS) {
    const value = at(manifest, path)
    if (!holds(value)) faults.push(`package.json: ${path} is ${JSON.stringify(value)}, and has to be ${rule}`)
  }
  for (const [group, names] of Object.entries(PLATFORMS)) {
    for (const name of names) {
      const path = `uni_modules.platforms.${group}.${name}`
      const value = at(manifest, path)
      if (!ANSWERS.includes(value as string)) {
        faults.push(`package.json: ${path} is ${JSON.stringify(value)}, and has to be one of ${ANSWERS.join(' ')}`)
      }
    }
  }
  return faults
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], value)
}
