import type { ErrorName, Texts } from '../errors'
import type { RefusalReason } from '../providers/provider'

interface ReasonRow {
  doc: Texts
  /** what the person is told */
  error: ErrorName
  /** whether another provider may send what this one refused */
  isOfProvider: boolean
}

/** THE REASONS' TABLE: why a provider refused, what follows from it, once. */
export const REASONS: Record<RefusalReason, ReasonRow> = {
  tooFrequent: {
    doc: { 'zh-Hans': '该手机号短时间内收得太多', en: 'Too many for this number in a short time' },
    error: 'sendTooFrequent',
    isOfProvider: false,
  },
  dayLimit: {
    doc: { 'zh-Hans': '该手机号当日已到上限', en: 'Too many for this number today' },
    error: 'sendDayLimit',
    isOfProvider: false,
  },
  badNumber: {
    doc: { 'zh-Hans': '手机号不对', en: 'The number is not one' },
    error: 'sendBadNumber',
    isOfProvider: false,
  },
  numberRefused: {
    doc: { 'zh-Hans': '该手机号拒收', en: 'The number does not accept such messages' },
    error: 'sendNumberRefused',
    isOfProvider: false,
  },
  appLimit: {
    doc: {
      'zh-Hans': '整个应用的发送上限，或不能发往的国家/地区',
      en: 'A ceiling of the whole application, or a country that it may not send to',
    },
    error: 'sendFail',
    isOfProvider: true,
  },
  template: {
    doc: { 'zh-Hans': '签名、模板或其参数', en: 'Signature, template or its parameters' },
    error: 'sendFail',
    isOfProvider: true,
  },
  account: {
    doc: { 'zh-Hans': '账号、密钥、权限或请求本身', en: 'Account, keys, permissions or the request itself' },
    error: 'sendFail',
    isOfProvider: true,
  },
  noMoney: {
    doc: { 'zh-Hans': '欠费或套餐用完', en: 'The balance or the package is used up' },
    error: 'sendFail',
    isOfProvider: true,
  },
  clock: {
    doc: { 'zh-Hans': '本服务器的时钟不准', en: "This server's clock is off" },
    error: 'sendFail',
    isOfProvider: true,
  },
  unreachable: {
    doc: { 'zh-Hans': '连不上服务商', en: 'The provider was not reached' },
    error: 'sendFail',
    isOfProvider: true,
  },
  busy: {
    doc: { 'zh-Hans': '服务商一时过载', en: 'The provider was overloaded' },
    error: 'sendFail',
    isOfProvider: true,
  },
}
