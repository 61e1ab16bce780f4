// DCloud's public template `vite-ts` (https://github.com/dcloudio/uni-preset-vue, branch vite-ts), written anew from what
// its files say as far as they matter here, so that a release can be checked without GitHub. Its packages are those of
// this repository's compiler.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { root } from '../build-cache.mjs'

const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const versions = { ...dependencies, ...devDependencies }
const pick = (...names: string[]) => Object.fromEntries(names.map((name) => [name, versions[name]]))

const FILES: Record<string, string | object> = {
  'package.json': {
    name: 'uni-preset-vue',
    version: '0.0.0',
    scripts: { 'dev:h5': 'uni', 'build:h5': 'uni build', 'type-check': 'vue-tsc --noEmit' },
    dependencies: pick(
      '@dcloudio/uni-app',
      '@dcloudio/uni-components',
      '@dcloudio/uni-h5',
      '@dcloudio/uni-mp-weixin',
      'vue',
    ),
    devDependencies: pick('@dcloudio/types', '@dcloudio/uni-cli-shared', '@dcloudio/vite-plugin-uni', 'vite'),
  },
  'tsconfig.json': {
    extends: '@vue/tsconfig/tsconfig.json',
    compilerOptions: {
      sourceMap: true,
      baseUrl: '.',
      paths: { '@/*': ['./src/*'] },
      lib: ['esnext', 'dom'],
      types: ['@dcloudio/types'],
    },
    include: ['src/**/*.ts', 'src/**/*.d.ts', 'src/**/*.tsx', 'src/**/*.vue'],
  },
  'vite.config.ts': `import { defineConfig } from 'vite'
import uni from '@dcloudio/vite-plugin-uni'

export default defineConfig({ plugins: [uni()] })
`,
  'index.html': `<!doctype html>
<html lang="en">
  <head><meta charset="UTF-8" /><title></title><!--preload-links--><!--app-context--></head>
  <body>
    <div id="app"><!--app-html--></div>
    <script type="module" src="/src/main.ts"></script>
  </body>
</html>
`,
  'src/main.ts': `import { createSSRApp } from 'vue'
import App from './App.vue'
export function createApp() {
  return { app: createSSRApp(App) }
}
`,
  'src/App.vue': `<script setup lang="ts">
import { onLaunch } from '@dcloudio/uni-app'
onLaunch(() => {})
</script>
`,
  'src/env.d.ts': `/// <reference types="vite/client" />
declare module '*.vue' {
  import { DefineComponent } from 'vue'
  const component: DefineComponent<{}, {}, any>
  export default component
}
`,
  'src/shime-uni.d.ts': `export {}
declare module 'vue' {
  type Hooks = App.AppInstance & Page.PageInstance
  interface ComponentCustomOptions extends Hooks {}
}
`,
  'src/manifest.json': { name: '', appid: '', versionName: '1.0.0', versionCode: '100', vueVersion: '3' },
  'src/pages.json': {
    pages: [{ path: 'pages/index/index', style: { navigationBarTitleText: 'uni-app' } }],
    globalStyle: { navigationBarTextStyle: 'black', navigationBarBackgroundColor: '#F8F8F8' },
  },
  'src/pages/index/index.vue': '<template><view>Hello</view></template>\n',
}

/** Writes the template into a new folder. */
export function writeTemplateProject(folder: string): void {
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
}
