import { createHash } from 'node:crypto'
import type { DevelopmentMessage } from './inbox'

const SHOWN = 50

const TEXTS = {
  zh: {
    lang: 'zh-Hans',
    title: '开发模式短信',
    explanation: '开发模式不发短信：最近的验证码显示在这里，只有本机能打开此页。最新的在最上面。',
    none: '还没有短信。',
    again: '刷新',
    columns: { code: '验证码', mobile: '手机号', scene: '场景', time: '时间' },
  },
  en: {
    lang: 'en',
    title: 'SMS in development mode',
    explanation:
      'Development mode sends no SMS: the last codes are shown here, and only this machine can open the page. The newest is on top.',
    none: 'No messages yet.',
    again: 'Refresh',
    columns: { code: 'Code', mobile: 'Mobile', scene: 'Scene', time: 'Time' },
  },
}

const STYLE = `:root{color-scheme:light dark;background:Canvas;color:CanvasText}
a{color:LinkText}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.5rem .75rem;border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)}
td.code{font:600 1.25rem/1.5 ui-monospace,monospace;letter-spacing:.1em}`

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
  const table = `<div class="scroll" role="region" aria-label="${texts.title}" tabindex="0"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${messages.slice(0, SHOWN).map(toRow).join('\n')}</tbody>
</table></div>`
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

function toRow({ mobile, code, scene, atMs }: DevelopmentMessage): string {
  const time = new Date(atMs)
  const cells = [
    `<td class="code">${escapeHtml(code)}</td>`,
    `<td>${escapeHtml(mobile)}</td>`,
    `<td>${escapeHtml(scene)}</td>`,
    `<td><time datetime="${time.toISOString()}">${time.toLocaleTimeString('sv')}</time></td>`,
  ]
  return `<tr>${cells.join('')}</tr>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
