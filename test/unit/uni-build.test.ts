import { describe, expect, it } from 'vitest'

import { isFalseHere } from '../../host/uni-build'

const HIDDEN = '\u200b'

describe('what uni-app says while it builds', () => {
  it.each([
    `${HIDDEN}uni_modules/uni-captcha, dist/uni_modules/uni-captcha 使用了uniCloud，而项目未启用uniCloud。需在项目点右键创建uniCloud环境${HIDDEN}`,
    '\u001b[33muni_modules/uni-captcha 使用了uniCloud，而项目未启用uniCloud。需在项目点右键创建uniCloud环境\u001b[39m',
    `${HIDDEN}发布到web端需要在uniCloud后台操作，绑定安全域名，否则会因为跨域问题而无法访问。教程参考：https://uniapp.dcloud.net.cn/uniCloud/publish.html#useinh5${HIDDEN}`,
    '欢迎将web站点部署到uniCloud前端网页托管平台，高速、免费、安全、省心，详见：https://uniapp.dcloud.io/uniCloud/hosting',
  ])('is left out where it is untrue: %s', (line) => {
    expect(isFalseHere(line)).toBe(true)
  })

  it.each([
    'DONE  Build complete.',
    '[plugin:uni:pre] pages/index/index.vue: 使用了uniCloud，而项目未启用uniCloud',
    'Error: 绑定安全域名',
    '本项目的uniCloud使用的默认服务空间spaceId为：uni-captcha-local',
    'x Build failed in 13.19s',
    '',
  ])('is passed on otherwise: %s', (line) => {
    expect(isFalseHere(line)).toBe(false)
  })
})
