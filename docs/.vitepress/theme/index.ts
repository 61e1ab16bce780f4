import { h } from 'vue'
import DefaultTheme from 'vitepress/theme'

import HomeDemo from './home-demo.vue'
import Playground from './playground.vue'
import './style.css'

import type { Theme } from 'vitepress'

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-image': () => h(HomeDemo) }),
  enhanceApp({ app }) {
    app.component('CaptchaPlayground', Playground)
  },
} satisfies Theme
