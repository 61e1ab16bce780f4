// The texts of locale/*.json as UTS, for the components of uni-app x: an app can import no JSON.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { getSource, type PluginName } from './plugins'

const LANGUAGES = { ZH_HANS: 'zh-Hans', ZH_HANT: 'zh-Hant', EN: 'en' }

/** Where each plugin keeps them. */
const UTS_TEXTS: Record<PluginName, string> = {
  'uni-captcha': 'components/uni-captcha/x/texts.generated.uts',
  'uni-sms-code': 'components/uni-sms-code/x/texts.generated.uts',
}

export function writeUtsTexts(): void {
  for (const [plugin, file] of Object.entries(UTS_TEXTS)) {
    const source = getSource(plugin as PluginName)
    const texts = Object.entries(LANGUAGES).map(([name, language]) => {
      const json = readFileSync(join(source, `locale/${language}.json`), 'utf8').trim()
      return `export const ${name} : UTSJSONObject = ${json}\n`
    })
    writeFileSync(join(source, file), ['// From locale/*.json, by scripts/uts-texts.ts.\n', ...texts].join('\n'))
  }
}
