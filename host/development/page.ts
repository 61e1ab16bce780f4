import { createHash } from 'node:crypto'
import type { DevelopmentMessage } from './inbox'

const SHOWN = 50

const TEXTS = {
  zh: {
    lang: 'zh-Hans',
    title: '开发模式短信',
    explanation: '开发模式不发短信与邮件：最近的验证码显示在这里，只有本机能打开此页。最新的在最上面。',
    none: '还没有短信。',
    again: '刷新',
    columns: { code: '验证码', mobile: '手机号或邮箱', scene: '场景', time: '时间' },
  },
  en: {
    lang: 'en',
    title: 'SMS in development mode',
    explanation:
      'Development mode sends no SMS and no e-mail: the last codes are shown here, and only this machine can open the page. The newest is on top.',
    none: 'No messages yet.',
    again: 'Refresh',
    columns: { code: 'Code', mobile: 'Mobile or e-mail', scene: 'Scene', time: 'Time' },
  },
}

/** The look of the demonstration's pages. On a phone each message is a card: four columns have no space there. */
const STYLE = `:root{color-scheme:light dark;--text:#111827;--muted:#566072;--page:#f4f6fb;--card:#fff;--line:#e5e8ef;--accent:#2563eb;--soft:#eef3fe}
@media(prefers-color-scheme:dark){:root{--text:#f3f4f6;--muted:#a9b2c1;--page:#0f131b;--card:#1c2230;--line:#2f3748;--accent:#7aa7ff;--soft:#26324b}}
*{box-sizing:border-box}
body{font:16px/1.5 -apple-system,BlinkMacSystemFont,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;margin:0;padding:16px;color:var(--text);background:var(--page)}
main{max-width:640px;margin:0 auto;padding:28px 24px;background:var(--card);border-radius:16px;box-shadow:0 1px 2px rgba(17,24,39,.05),0 12px 32px rgba(17,24,39,.06)}
h1{margin:0 0 6px;font-size:24px;line-height:1.3}
p{margin:0 0 16px;font-size:14px;line-height:1.6;color:var(--muted)}
a{display:inline-block;padding:6px 16px;font-size:14px;color:var(--accent);text-decoration:none;background:var(--soft);border-radius:18px}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:10px 8px;text-align:start;border-top:1px solid var(--line)}
th{font-weight:500;color:var(--muted);border-top:0}
td{overflow-wrap:anywhere}
td.code{font:600 20px/1.5 ui-monospace,Menlo,Consolas,monospace;letter-spacing:.1em;overflow-wrap:normal}
@media(max-width:480px){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{display:grid;grid-template-columns:auto 1fr auto;gap:0 12px;padding:10px 0;border-top:1px solid var(--line)}
th,td{padding:0;border:0}
td{color:var(--muted)}
td.code{grid-column:1/-1;color:var(--text)}
}`

/** The page may use its own style and nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The last messages as a page, in Chinese or, where the browser prefers it, in English. */
export function smsPage(messages: readonly DevelopmentMessage[], acceptLanguage = ''): string {
  const texts = prefersEnglish(acceptLanguage) ? TEXTS.en : TEXTS.zh
  const { columns } = texts
  const heads = [columns.code, columns.mobile, columns.scene, columns.time]
  // Named, because tables that are laid out as anything else are none to a screen reader.
  const table = `<table role="table" aria-label="${texts.title}">
<thead role="rowgroup"><tr role="row">${heads.map((head) => `<th role="columnheader" scope="col">${head}</th>`).join('')}</tr></thead>
<tbody role="rowgroup">${messages.slice(0, SHOWN).map(toRow).join('\n')}</tbody>
</table>`
  return `<!doctype html>
<html lang="${texts.lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.title}</title>
<style>${STYLE}</style>
<main>
<h1>${texts.title}</h1>
<p>${texts.explanation}</p>
<p><a href="">${texts.again}</a></p>
${messages.length > 0 ? table : `<p>${texts.none}</p>`}
</main>
</html>
`
}

function prefersEnglish(acceptLanguage: string): boolean {
  const [first] = acceptLanguage.split(',').flatMap((one) => /^\s*(zh|en)\b/i.exec(one)?.[1] ?? [])
  return first?.toLowerCase() === 'en'
}

function toRow({ mobile, code, scene, subject, text = '', atMs }: DevelopmentMessage): string {
  const time = new Date(atMs)
  const cells = [
    `<td role="cell" class="code">${escapeHtml(code)}</td>`,
    `<td role="cell">${escapeHtml(mobile)}${subject === undefined ? '' : toMail(subject, text)}</td>`,
    `<td role="cell">${escapeHtml(scene)}</td>`,
    `<td role="cell"><time datetime="${time.toISOString()}">${time.toLocaleTimeString('sv')}</time></td>`,
  ]
  return `<tr role="row">${cells.join('')}</tr>`
}

/** An e-mail as it would be read. */
function toMail(subject: string, text: string): string {
  return `<details><summary>${escapeHtml(subject)}</summary><pre>${escapeHtml(text)}</pre></details>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
