import { SmsCodeError } from '../errors'
import { own } from '../../../../../../uni-captcha/uniCloud/cloudfunctions/common/uni-captcha/kit/values'
import type { SettingKind } from './setting-kinds'
import { endpoint, key, paramList, paramRecord, text } from './setting-kinds'

const NAME = /^[\w-]{1,64}$/
const LOCAL_HOST = /^(localhost|127(\.\d{1,3}){3})$/i
const SIGN_NAME = /^[^\s\p{Cc}]{1,40}$/u

/** THE PROVIDERS' TABLE: what the sections of config.json say, named as the providers name it. */
export const SETTINGS = {
  tencent: {
    secretId: key({ 'zh-Hans': 'API 密钥 SecretId', en: 'SecretId of the API key' }),
    secretKey: key({ 'zh-Hans': 'API 密钥 SecretKey', en: 'SecretKey of the API key' }),
    sdkAppId: text({
      pattern: /^\d{1,20}$/,
      allowed: 'digits',
      doc: { 'zh-Hans': '短信应用 SmsSdkAppId', en: 'SmsSdkAppId of the SMS application' },
    }),
    signName: text({
      pattern: SIGN_NAME,
      allowed: '1–40 characters',
      doc: { 'zh-Hans': '已审核的短信签名', en: 'Approved SMS signature' },
    }),
    templateId: text({
      pattern: /^\d{1,20}$/,
      allowed: 'digits',
      doc: { 'zh-Hans': '已审核的模板 ID', en: 'Approved template ID' },
    }),
    templateParams: paramList({
      default: ['{code}', '{minutes}'],
      doc: { 'zh-Hans': '模板参数，按顺序', en: 'Template parameters, in order' },
    }),
    region: text({
      default: 'ap-guangzhou',
      pattern: NAME,
      allowed: 'a region',
      doc: { 'zh-Hans': '地域', en: 'Region' },
    }),
    endpoint: endpoint({
      default: 'sms.tencentcloudapi.com',
      doc: { 'zh-Hans': '接口域名', en: 'API host' },
    }),
  },
  aliyun: {
    accessKeyId: key({ 'zh-Hans': 'AccessKey ID', en: 'AccessKey id' }),
    accessKeySecret: key({ 'zh-Hans': 'AccessKey Secret', en: 'AccessKey secret' }),
    signName: text({
      pattern: SIGN_NAME,
      allowed: '1–40 characters',
      doc: { 'zh-Hans': '已审核的短信签名', en: 'Approved SMS signature' },
    }),
    templateCode: text({
      pattern: NAME,
      allowed: 'such as SMS_123456789',
      doc: { 'zh-Hans': '已审核的模板 CODE', en: 'Approved template ID' },
    }),
    templateParam: paramRecord({
      default: { code: '{code}' },
      doc: { 'zh-Hans': '模板变量，按名称', en: 'Template parameters, by name' },
    }),
    region: text({
      default: 'cn-hangzhou',
      pattern: NAME,
      allowed: 'a region',
      doc: { 'zh-Hans': '地域', en: 'Region' },
    }),
    endpoint: endpoint({
      default: 'dysmsapi.aliyuncs.com',
      doc: { 'zh-Hans': '接口域名', en: 'API host' },
    }),
  },
  'aliyun-verify': {
    accessKeyId: key({ 'zh-Hans': 'AccessKey ID', en: 'AccessKey id' }),
    accessKeySecret: key({ 'zh-Hans': 'AccessKey Secret', en: 'AccessKey secret' }),
    signName: text({
      pattern: SIGN_NAME,
      allowed: '1–40 characters',
      doc: {
        'zh-Hans': '号码认证控制台“赠送签名配置”里的签名',
        en: 'A signature provided in the verification service console',
      },
    }),
    templateCode: text({
      pattern: NAME,
      allowed: 'such as 100001',
      doc: { 'zh-Hans': '“赠送模板配置”里的模板 CODE', en: 'A template ID provided in the same console' },
    }),
    templateParam: paramRecord({
      default: { code: '{code}', min: '{minutes}' },
      doc: { 'zh-Hans': '模板变量，按名称', en: 'Template parameters, by name' },
    }),
    schemeName: text({
      default: '',
      pattern: /^[^\p{Cc}]{0,20}$/u,
      allowed: 'at most 20 characters',
      doc: { 'zh-Hans': '方案名称；空字符串表示默认方案', en: "Scheme name; '' means the default scheme" },
    }),
    region: text({
      default: 'cn-hangzhou',
      pattern: NAME,
      allowed: 'a region',
      doc: { 'zh-Hans': '地域', en: 'Region' },
    }),
    endpoint: endpoint({
      default: 'dypnsapi.aliyuncs.com',
      doc: { 'zh-Hans': '接口域名', en: 'API host' },
    }),
  },
  unicloud: {
    appid: text({
      pattern: /^[\w.-]{1,64}$/,
      allowed: 'such as __UNI__1234567',
      doc: { 'zh-Hans': 'DCloud appid（manifest.json）', en: "The application's DCloud appid (manifest.json)" },
    }),
    templateId: text({ pattern: NAME, allowed: 'a template', doc: { 'zh-Hans': '模板 ID', en: 'Template ID' } }),
    data: paramRecord({
      default: { code: '{code}', expMinute: '{minutes}' },
      doc: { 'zh-Hans': '模板变量，按名称', en: 'Template parameters, by name' },
    }),
    smsKey: text({
      default: '',
      pattern: /^[\x21-\x7e]{0,256}$/,
      allowed: 'a key',
      doc: { 'zh-Hans': '仅 HBuilderX 3.91 之前需要', en: 'Required before HBuilderX 3.91 only' },
    }),
    smsSecret: text({
      default: '',
      pattern: /^[\x21-\x7e]{0,256}$/,
      allowed: 'a key',
      doc: { 'zh-Hans': '仅 HBuilderX 3.91 之前需要', en: 'Required before HBuilderX 3.91 only' },
    }),
  },
  smtp: {
    host: text({
      pattern: /^[a-z0-9][a-z0-9.-]{0,252}$/i,
      allowed: 'a host name or an IPv4 address',
      doc: { 'zh-Hans': 'SMTP 服务器', en: 'SMTP server' },
    }),
    port: text({
      default: '465',
      pattern: /^[1-9]\d{0,4}$/,
      allowed: 'a port',
      doc: { 'zh-Hans': '端口', en: 'Port' },
    }),
    security: text({
      default: 'tls',
      pattern: /^(tls|starttls|none)$/,
      allowed: '"tls", "starttls" or "none"; "none" for this machine alone',
      doc: {
        'zh-Hans': '加密："tls"（465 端口）、"starttls"（587 端口，服务器不支持时拒绝发送）；"none" 只限本机',
        en: 'Encryption: "tls" (port 465), "starttls" (port 587; nothing is sent without it); "none" for this machine alone',
      },
    }),
    user: text({
      default: '',
      pattern: /^[^\p{Cc}]{0,256}$/u,
      allowed: 'at most 256 characters',
      doc: { 'zh-Hans': '用户名；空字符串表示不登录', en: "User name; '' means no authentication" },
    }),
    password: text({
      default: '',
      pattern: /^[^\p{Cc}]{0,256}$/u,
      allowed: 'at most 256 characters',
      doc: { 'zh-Hans': '密码或授权码', en: 'Password or authorization code' },
    }),
    from: text({
      pattern: /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$/i,
      allowed: 'an e-mail address in ASCII',
      doc: { 'zh-Hans': '发件人地址', en: "The sender's address" },
    }),
    name: text({
      default: '',
      pattern: /^[^\p{Cc}]{0,40}$/u,
      allowed: 'at most 40 characters',
      doc: {
        'zh-Hans': '应用名称：发件人名称，也写在标题与正文里',
        en: "The application's name: the sender's name, also in subject and text",
      },
    }),
    ca: text({
      default: '',
      pattern: /^(-----BEGIN CERTIFICATE-----[\w\s+/=-]{1,20000})?$/,
      allowed: 'certificates in PEM',
      doc: {
        'zh-Hans': '自建 CA 的证书（PEM）；空字符串表示系统信任的 CA',
        en: "Certificates of a private CA (PEM); '' means those that the system trusts",
      },
    }),
  },
  wechat: {
    appId: text({
      pattern: NAME,
      allowed: 'such as wx0123456789abcdef',
      doc: { 'zh-Hans': '小程序 AppID', en: "The mini-program's AppID" },
    }),
    appSecret: key({ 'zh-Hans': '小程序 AppSecret', en: "The mini-program's AppSecret" }),
    endpoint: endpoint({
      default: 'api.weixin.qq.com',
      doc: { 'zh-Hans': '接口域名', en: 'API host' },
    }),
  },
}

type Tables = typeof SETTINGS
type Section = keyof Tables
type ValueOf<Kind> = Kind extends SettingKind<infer T> ? T : never
export type Settings<S extends Section> = { [Name in keyof Tables[S]]: ValueOf<Tables[S][Name]> }

/**
 * A section with its defaults, environment variables such as `UNI_SMS_CODE_TENCENT_SECRET_ID` first. Throws
 * `notConfigured` naming all that is missing or malformed, never a value.
 */
export function readSettings<S extends Section>(section: S, given: Record<string, unknown>): Settings<S> {
  const kinds = Object.entries<SettingKind<unknown>>(SETTINGS[section])
  const wrong: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, kind] of kinds) {
    const variable = toVariable(section, name)
    const value = (kind.isText && process.env[variable]) || own(given, name)
    const isGiven = value !== undefined && value !== '' && value !== null
    values[name] = isGiven ? kind.read(value) : kind.default
    if (values[name] !== undefined) continue
    const or = kind.isText ? ` (or ${variable})` : ''
    wrong.push(`${section}.${name}${or} ${isGiven ? `has to be ${kind.allowed}` : 'is missing'}`)
  }
  if (section === 'smtp' && values['security'] === 'none' && !LOCAL_HOST.test(String(values['host']))) {
    wrong.push('smtp.security may be "none" for this machine alone')
  }
  if (wrong.length > 0) throw new SmsCodeError('notConfigured', wrong.join('; '))
  for (const name of Object.keys(given)) {
    if (!Object.keys(values).includes(name)) console.warn(`[uni-sms-code] config.json: unknown key ${section}.${name}`)
  }
  return values as Settings<S>
}

/** The environment variable of a setting. */
export function toVariable(section: string, name: string): string {
  return `UNI_SMS_CODE_${section.replace('-', '_')}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase()
}
