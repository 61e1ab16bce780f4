import { createSSRApp } from 'vue'

import App from './App.vue'

/** uni-app's entry: it calls this once per application. */
export function createApp() {
  return { app: createSSRApp(App) }
}
