import { alphabet } from './letters'
import { CaptchaError } from '../errors'
import type { Texts } from '../errors'
import { own } from '../kit/values'
import { parseColor } from '../render/color'
import { TAP, TAP_CELLS } from '../render/tap-layout'
import { warnOnce } from './warn-once'
import type { Layer } from '../kit/layers'
import { configLayers, findPlace, showValue } from '../kit/layers'
import type { Described, OptionKind } from '../kit/option-kinds'
import { flag, integer, lenientInteger, oneOf, sameText, text } from '../kit/option-kinds'

function colour(row: Described<string>): OptionKind<string> {
  return {
    ...row,
    allowed: sameText('"" / #rgb / #rrggbb / #rrggbbaa / rgb() / hsl() / white'),
    read: (value) => (typeof value === 'string' && parseColor(value) ? value : undefined),
  }
}

/** THE OPTION TABLE: defaults, bounds, types and documentation of everything that can be tuned, once. */
export const OPTIONS = {
  width: lenientInteger({
    default: 150,
    min: 40,
    max: 600,
    doc: { 'zh-Hans': '图片宽度（px）', en: 'Image width (px)' },
  }),
  height: lenientInteger({
    default: 40,
    min: 20,
    max: 300,
    doc: { 'zh-Hans': '图片高度（px）', en: 'Image height (px)' },
  }),
  background: colour({
    default: '#FFFAE8',
    doc: { 'zh-Hans': "背景色，空字符串 '' 表示透明", en: "Background colour; '' means transparent" },
  }),
  size: lenientInteger({ default: 4, min: 1, max: 6, doc: { 'zh-Hans': '字符个数', en: 'Number of characters' } }),
  noise: lenientInteger({
    default: 4,
    min: 0,
    max: 20,
    doc: { 'zh-Hans': '干扰线条数', en: 'Number of interference lines' },
  }),
  color: flag({
    default: false,
    doc: {
      'zh-Hans': '是否使用随机颜色；设置了 background 时恒为 true',
      en: 'Use random colours; always true if background is set',
    },
  }),
  fontSize: lenientInteger({
    default: 40,
    min: 12,
    max: 200,
    doc: { 'zh-Hans': '字号（px），放不下时自动缩小', en: 'Font size (px); reduced automatically to fit the image' },
  }),
  ignoreChars: text({
    default: '',
    maxLength: 64,
    doc: { 'zh-Hans': '不使用的字符，不区分大小写', en: 'Characters to exclude, case-insensitive' },
  }),
  mathExpr: flag({
    default: false,
    doc: { 'zh-Hans': '是否使用算术题', en: 'Use arithmetic questions instead of letters' },
  }),
  mathMin: lenientInteger({
    default: 1,
    min: 0,
    max: 99,
    doc: { 'zh-Hans': '算术题中的最小数', en: 'Smallest number in arithmetic questions' },
  }),
  mathMax: lenientInteger({
    default: 9,
    min: 0,
    max: 99,
    doc: { 'zh-Hans': '算术题中的最大数', en: 'Largest number in arithmetic questions' },
  }),
  mathOperator: oneOf({
    default: '',
    choices: ['', '+', '-'],
    doc: { 'zh-Hans': "运算符，空字符串 '' 表示随机", en: "Operator; '' means random" },
  }),
  expiresDate: lenientInteger({
    default: 180,
    min: 1,
    max: 3600,
    doc: { 'zh-Hans': '有效期（秒）', en: 'Captcha lifetime (seconds)' },
  }),
  maxAttempts: integer({
    default: 0,
    min: 0,
    max: 20,
    doc: {
      'zh-Hans': '每个验证码允许的作答次数；0 表示字母 5 次、算术题 1 次；点选总是 1 次',
      en: 'Attempts allowed per captcha; 0 means 5 for letters and 1 for arithmetic; always 1 for tapping',
    },
  }),
  mode: oneOf({
    default: 'png',
    choices: ['png', 'vector'],
    // DCloud's words: every configuration in use says "svg", which is not a wish for a picture that machines read.
    alias: { svg: 'png', bmp: 'png' },
    doc: {
      'zh-Hans': '图片类型；"svg"、"bmp" 等同 "png"；"vector" 为 svg-captcha 矢量图，机器可读，不建议使用',
      en: 'Image type; "svg" and "bmp" mean "png"; "vector" is an svg-captcha drawing, which machines can read: not recommended',
    },
  }),
  level: integer({
    default: 2,
    min: 1,
    max: 4,
    doc: { 'zh-Hans': '图片难度 1–4', en: 'Image difficulty, 1–4' },
  }),
  pixelRatio: integer({
    default: 2,
    min: 1,
    max: 3,
    doc: { 'zh-Hans': '每个 CSS 像素的图片像素数', en: 'Image pixels per CSS pixel' },
  }),
  challenge: {
    ...oneOf({
      default: 'picture',
      choices: ['picture', 'tap', 'pow'],
      doc: {
        'zh-Hans':
          '"tap"：在图片上依次点击四个字符，只能答一次；"pow"：没有图片，由设备计算工作量证明。只能在场景中设置',
        en: '"tap": four characters are tapped in order on an image, with one attempt; "pow": a proof of work, no image. Only per scene',
      },
    }),
    inScenesOnly: true,
  },
  alternative: {
    ...oneOf({
      default: '',
      choices: ['', 'pow'],
      doc: {
        'zh-Hans': '"pow"：图片旁提供“换种方式验证”，以工作量证明代替识图；只能在场景中设置',
        en: '"pow": offers a proof of work as an alternative to the image. Only per scene',
      },
    }),
    inScenesOnly: true,
  },
  face: oneOf({
    default: 'auto',
    choices: ['auto', 'button', 'slide'],
    doc: {
      'zh-Hans':
        '"challenge": "pow" 的样子，也用于 "alternative": "pow" 的点选场景中不能点选的页面："auto" 自动开始；"button" 点击按钮开始；"slide" 滑动或点击滑块开始。只是外观，不增加强度',
      en: 'How "challenge": "pow" looks, and the proof that "alternative": "pow" gives to pages which cannot tap: "auto" begins by itself, "button" when a button is pressed, "slide" when a handle is slid or tapped. It is looks only and adds no strength',
    },
  }),
}

/** What changes how strong a scene is has to be said for that scene; such an option is not read from the root. */
export function isInScenesOnly(name: string): boolean {
  const options: Record<string, object> = OPTIONS
  return 'inScenesOnly' in Object(own(options, name))
}

type Table = typeof OPTIONS
export type OptionName = keyof Table
/** Every option with its value; `maxAttempts` and `color` are final here. */
export type Options = { [Name in OptionName]: Table[Name] extends OptionKind<infer T> ? T : never }

const IN_CALL = 'call'
const NAMES = Object.keys(OPTIONS) as OptionName[]
/**
 * Resolves the options of a scene: call > `scene.<name>` > root > default; "not given" never overrides.
 * A number out of bounds that DCloud's module took is the nearest within, with a warning, or refused like any other.
 * Throws `createFail` for a bad value in the configuration and `invalidParam` for one in the call.
 */
export function resolveOptions(
  config: unknown,
  scene: string,
  call: Record<string, unknown>,
  outOfBounds: 'clamp' | 'refuse' = 'clamp',
): Options {
  const inConfig = configLayers(config, scene, badConfig)
  const layers = [{ path: IN_CALL, values: call }, ...inConfig]
  const options = {} as Record<OptionName, Options[OptionName]>
  for (const name of NAMES) options[name] = resolveOption(name, layers, outOfBounds)
  return finish(options as Options, (name) =>
    own(call, name) !== undefined ? name : findPlace(name, inConfig, badConfig),
  )
}

/** Only the options among a call's parameters: these are kept in the record and used again by a refresh. */
export function pickOptions(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(NAMES.filter((name) => own(params, name) !== undefined).map((name) => [name, params[name]]))
}

function resolveOption(name: OptionName, layers: Layer[], outOfBounds: 'clamp' | 'refuse'): Options[OptionName] {
  const kind: OptionKind<Options[OptionName]> = OPTIONS[name]
  for (const { path, values } of layers) {
    if (isInScenesOnly(name) && path === '') continue
    const given = own(values, name)
    if (given === undefined) continue
    const value = kind.read(given)
    if (value !== undefined) return value
    const nearest = outOfBounds === 'clamp' ? kind.nearest?.(given) : undefined
    if (nearest === undefined) throw bad(path, name, given, kind.allowed)
    const place = path === IN_CALL ? `${name} of a call` : `config.json ${path}${name}`
    warnOnce(place, `= ${showValue(given)} is out of bounds (${kind.allowed.en}), ${String(nearest)} is used`)
    return nearest
  }
  return kind.default
}

/** `find` names the place of an option's value. */
function finish(options: Options, find: (name: OptionName) => string): Options {
  if (options.mathMin > options.mathMax) {
    throw new CaptchaError(
      'createFail',
      `${find('mathMin')} ${options.mathMin} > ${find('mathMax')} ${options.mathMax}`,
    )
  }
  if (options.challenge === 'tap') return finishTap(options, find)
  if (!options.mathExpr && alphabet(options.ignoreChars) === '') {
    throw new CaptchaError('createFail', `${find('ignoreChars')} leaves no character to draw`)
  }
  return {
    ...options,
    color: options.color || options.background !== '',
    // Five guesses would pass 43 % of the sums of 1 to 9: nineteen answers, not equally likely (one passes 9.9 %).
    maxAttempts: options.maxAttempts || (options.mathExpr ? 1 : 5),
  }
}

/** Of a picture to tap on the size is fixed, and one answer is all that it takes: a guess passes one in 1,680. */
function finishTap(options: Options, find: (name: OptionName) => string): Options {
  const left = alphabet(options.ignoreChars).length
  if (left < TAP_CELLS) {
    const reason = `${find('ignoreChars')} leaves ${left} characters, ${find('challenge')} "tap" needs ${TAP_CELLS}`
    throw new CaptchaError('createFail', reason)
  }
  const { width, height } = TAP
  const color = options.color || options.background !== ''
  return { ...options, color, width, height, mathExpr: false, mode: 'png', maxAttempts: 1 }
}

function bad(path: string, name: string, value: unknown, allowed: Texts): CaptchaError {
  return path === IN_CALL
    ? new CaptchaError('invalidParam', toReason(`${name} = ${showValue(value)}`, allowed))
    : badConfig(path + name, value, allowed)
}

/** `createFail` that names path and value of a mistake in config.json and what is allowed there. */
export function badConfig(path: string, value: unknown, allowed: Texts): CaptchaError {
  return new CaptchaError(
    'createFail',
    toReason(`uni-captcha/config.json${path && ` ${path}`} = ${showValue(value)}`, allowed),
  )
}

function toReason(mistake: string, allowed: Texts): Texts {
  return { 'zh-Hans': `${mistake}（须为：${allowed['zh-Hans']}）`, en: `${mistake} (${allowed.en})` }
}

/** The root of a configuration, its scene and a call's parameters over one another, without the secret. */
export function mergeLayers(config: unknown, params: Record<string, unknown>): Record<string, unknown> {
  const layers = configLayers(config, String(params['scene']), badConfig)
  const merged = Object.assign({}, ...layers.reverse().map(({ values }) => values), params) as Record<string, unknown>
  const { secret: _, ...told } = merged
  return told
}
