import type { OptionRow, Texts } from '../../../../../types/protocol'

interface Label {
  label: Texts
  unit?: OptionRow['unit']
}

/** THE FORM'S WORDS: a short name for every row of the option tables, by its path in config.json. */
export const LABELS: Record<string, Label> = {
  width: named('宽度', 'Width', 'px'),
  height: named('高度', 'Height', 'px'),
  background: named('背景色', 'Background'),
  size: named('字符数', 'Characters'),
  noise: named('干扰线', 'Interference lines'),
  color: named('随机颜色', 'Random ink'),
  fontSize: named('字号', 'Font size', 'px'),
  ignoreChars: named('排除字符', 'Characters left out'),
  mathExpr: named('算术题', 'Arithmetic'),
  mathMin: named('最小数', 'Smallest number'),
  mathMax: named('最大数', 'Largest number'),
  mathOperator: named('运算符', 'Operator'),
  expiresDate: named('有效期', 'Lifetime', 'seconds'),
  maxAttempts: named('可答次数', 'Attempts'),
  mode: named('图片类型', 'Kind of picture'),
  level: named('难度', 'Difficulty'),
  pixelRatio: named('像素密度', 'Pixel ratio'),
  challenge: named('验证方式', 'Kind of challenge'),
  alternative: named('替代方式', 'Alternative'),
  powWork: named('计算量', 'Work'),
  'guard.failuresOnly': named('只计失败', 'Count failures only'),
  'guard.windowSeconds': named('计数窗口', 'Window', 'seconds'),
  'guard.free': named('设备：免验证次数', 'Device: free', 'calls'),
  'guard.hard': named('设备：拒绝阈值', 'Device: refused above', 'calls'),
  'guard.ip.soft': named('IP：需验证阈值', 'Address: asked above', 'calls'),
  'guard.ip.hard': named('IP：拒绝阈值', 'Address: refused above', 'calls'),
  'guard.ip.failures.soft': named('IP 失败：需验证阈值', 'Address failures: asked above', 'calls'),
  'guard.ip.failures.hard': named('IP 失败：拒绝阈值', 'Address failures: refused above', 'calls'),
  'guard.identity.free': named('身份：免验证次数', 'Identity: free', 'calls'),
  'guard.identity.hard': named('身份：拒绝阈值', 'Identity: refused above', 'calls'),
  'imageLimit.enabled': named('启用取图限流', 'Limit pictures'),
  'imageLimit.device': named('设备：每分钟', 'Device: per minute', 'pictures'),
  'imageLimit.ip.soft': named('IP：变难阈值', 'Address: harder above', 'pictures'),
  'imageLimit.ip.hard': named('IP：拒绝阈值', 'Address: refused above', 'pictures'),
  store: named('存储', 'Store'),
  statistics: named('统计', 'Statistics'),
}

function named(chinese: string, english: string, unit?: OptionRow['unit']): Label {
  return { label: { 'zh-Hans': chinese, en: english }, ...(unit && { unit }) }
}
