import Vue from 'vue'

import App from './App.vue'

App.mpType = 'app'
new Vue({ ...App }).$mount()
