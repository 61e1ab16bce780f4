import type { OptionRow, Texts } from '../../../../../types/protocol'

interface Label {
  label: Texts
  unit?: OptionRow['unit']
}

/** THE FORM'S WORDS: a short name for every row of the option tables, by its path in config.json. */
export const LABELS: Record<string, Label> = {
  width: named('图片宽度', 'Image width', 'px'),
  height: named('图片高度', 'Image height', 'px'),
  background: named('背景色', 'Background'),
  size: named('字符数', 'Characters'),
  noise: named('干扰线', 'Interference lines'),
  color: named('随机颜色', 'Random colours'),
  fontSize: named('字号', 'Font size', 'px'),
  ignoreChars: named('排除字符', 'Excluded characters'),
  mathExpr: named('算术题', 'Arithmetic'),
  mathMin: named('最小数', 'Smallest number'),
  mathMax: named('最大数', 'Largest number'),
  mathOperator: named('运算符', 'Operator'),
  expiresDate: named('有效期', 'Lifetime', 'seconds'),
  maxAttempts: named('作答次数', 'Attempts'),
  mode: named('图片类型', 'Image type'),
  level: named('难度', 'Difficulty'),
  pixelRatio: named('像素密度', 'Pixel ratio'),
  challenge: named('验证方式', 'Challenge type'),
  alternative: named('替代方式', 'Alternative'),
  face: named('证明的样子', 'Look of a proof'),
  'guard.failuresOnly': named('只统计失败', 'Count failures only'),
  'guard.windowSeconds': named('统计窗口', 'Counting window', 'seconds'),
  'guard.free': named('设备：免验证次数', 'Device: calls without captcha', 'calls'),
  'guard.hard': named('设备：拒绝阈值', 'Device: rejection threshold', 'calls'),
  'guard.ip.soft': named('IP：需验证阈值', 'IP: captcha threshold', 'calls'),
  'guard.ip.hard': named('IP：拒绝阈值', 'IP: rejection threshold', 'calls'),
  'guard.ip.failures.soft': named('IP 失败：需验证阈值', 'IP failures: captcha threshold', 'calls'),
  'guard.ip.failures.hard': named('IP 失败：拒绝阈值', 'IP failures: rejection threshold', 'calls'),
  'guard.identity.free': named('身份：免验证次数', 'Identity: calls without captcha', 'calls'),
  'guard.identity.hard': named('身份：拒绝阈值', 'Identity: rejection threshold', 'calls'),
  'imageLimit.enabled': named('启用取图限流', 'Limit image requests'),
  'imageLimit.device': named('设备：每分钟', 'Device: images per minute', 'pictures'),
  'imageLimit.ip.soft': named('IP：变难阈值', 'IP: harder-image threshold', 'pictures'),
  'imageLimit.ip.hard': named('IP：拒绝阈值', 'IP: rejection threshold', 'pictures'),
  'work.seconds': named('计算量', 'Work', 'seconds'),
  'addressLimit.enabled': named('启用 IP 限额', 'Limit addresses'),
  'addressLimit.pictures.hour.soft': named('图片/小时：需证明', 'Images per hour: work', 'pictures'),
  'addressLimit.pictures.hour.hard': named('图片/小时：拒绝', 'Images per hour: reject', 'pictures'),
  'addressLimit.pictures.day.soft': named('图片/天：需证明', 'Images per day: work', 'pictures'),
  'addressLimit.pictures.day.hard': named('图片/天：拒绝', 'Images per day: reject', 'pictures'),
  'addressLimit.passes.minute.soft': named('通过/分钟：需证明', 'Passes per minute: work', 'calls'),
  'addressLimit.passes.minute.hard': named('通过/分钟：拒绝', 'Passes per minute: reject', 'calls'),
  'addressLimit.passes.hour.soft': named('通过/小时：需证明', 'Passes per hour: work', 'calls'),
  'addressLimit.passes.hour.hard': named('通过/小时：拒绝', 'Passes per hour: reject', 'calls'),
  'addressLimit.passes.day.soft': named('通过/天：需证明', 'Passes per day: work', 'calls'),
  'addressLimit.passes.day.hard': named('通过/天：拒绝', 'Passes per day: reject', 'calls'),
  'addressLimit.wrong.hour.soft': named('答错/小时：需证明', 'Wrong per hour: work', 'calls'),
  'addressLimit.sums.hour.soft': named('算术答错/小时：需证明', 'Wrong sums per hour: work', 'calls'),
  'addressLimit.times.24': named('IPv4 /24 倍数', 'IPv4 /24 factor'),
  'addressLimit.times.56': named('IPv6 /56 倍数', 'IPv6 /56 factor'),
  'addressLimit.times.48': named('IPv6 /48 倍数', 'IPv6 /48 factor'),
  'work.required': named('始终需要证明', 'Always required'),
  'work.beside': named('图片附带证明', 'Beside images'),
  store: named('存储', 'Storage'),
  statistics: named('统计', 'Statistics'),
  imageOrigins: named('允许引用图片的网站', 'Sites that may embed images'),
}

function named(chinese: string, english: string, unit?: OptionRow['unit']): Label {
  return { label: { 'zh-Hans': chinese, en: english }, ...(unit && { unit }) }
}
