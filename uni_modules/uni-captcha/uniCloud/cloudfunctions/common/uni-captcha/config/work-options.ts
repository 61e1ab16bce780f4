import type { Layer } from '../kit/layers'
import { configLayers, findValue } from '../kit/layers'
import type { Values } from '../kit/option-kinds'
import { decimal, flag, integer, oneOf } from '../kit/option-kinds'
import { isRecord, oncePerConfig, own } from '../kit/values'
import { badConfig } from './options'
import { warnOnce } from './warn-once'

/** THE WORK'S TABLE: the key `work` of config.json and of each scene in it. */
export const WORK = {
  seconds: decimal({
    default: 1.5,
    min: 0.01,
    max: 600,
    doc: {
      'zh-Hans': '一次工作量证明平均需要一个参考核心用原生代码计算的秒数；同一 IP 请求频繁时难度提高到 4 倍',
      en: 'Average seconds that one reference core with native code needs per proof of work; quadrupled for an IP with frequent requests',
    },
  }),
  required: flag({
    default: false,
    doc: {
      'zh-Hans': 'true：每次验证都须由设备完成工作量证明，只输入图片中的字符不再通过；DCloud 的旧组件不能使用',
      en: 'true: each captcha takes a proof of work of the device, typed answers alone are rejected; not for DCloud’s own components',
    },
  }),
  beside: oneOf({
    default: 'never',
    choices: ['never', 'busy', 'always'],
    doc: {
      'zh-Hans':
        '图片附带工作量证明，设备在用户输入时完成，两者都对才通过。"always"：每张图片；"busy"：仅当来源 IP 超过软限额、图片变难时。此时 DCloud 的旧组件取不到图片，会收到 uni-captcha-proof-required',
      en: 'Images carry a proof of work, which the device completes while the user types; both are needed to pass. "always": every image; "busy": only for an IP above a soft limit, whose images are harder. DCloud’s own components then get no image but uni-captcha-proof-required',
    },
  }),
}

export type WorkOptions = Values<typeof WORK>

/** In 1.0: SHA-256 computations, of which the default was 600,000. */
const OLD_WORK = integer({ default: 600_000, min: 1000, max: 100_000_000, doc: { 'zh-Hans': '', en: '' } })
const OLD_WORK_PER_SECOND = 400_000

/** Resolves `work`: scene > root > default. Throws `createFail` for a bad value. */
export const resolveWork = oncePerConfig((config, scene): WorkOptions => {
  const layers = configLayers(config, scene, badConfig).map(readOldName)
  return {
    seconds: findValue(WORK.seconds, 'work.seconds', layers, badConfig),
    required: findValue(WORK.required, 'work.required', layers, badConfig),
    beside: findValue(WORK.beside, 'work.beside', layers, badConfig),
  }
})

/** `powWork` stands for the seconds that are not configured beside it. */
function readOldName(layer: Layer): Layer {
  const { path, values } = layer
  const [old, work] = [own(values, 'powWork'), own(values, 'work')]
  if (old === undefined || (work !== undefined && !isRecord(work)) || (work && own(work, 'seconds') !== undefined)) {
    return layer
  }
  const hashes = OLD_WORK.read(old)
  if (hashes === undefined) throw badConfig(`${path}powWork`, old, OLD_WORK.allowed)
  const seconds = Math.min(WORK.seconds.max, Math.max(WORK.seconds.min, hashes / OLD_WORK_PER_SECOND))
  warnOnce(`config.json ${path}powWork`, `= ${hashes} is replaced by work.seconds; ${seconds} is used`)
  return { path, values: { ...values, work: { ...work, seconds } } }
}
