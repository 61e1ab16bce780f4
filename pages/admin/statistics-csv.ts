import { COUNTS } from './scene-statistics'

import type { SceneHour } from '../../uni_modules/uni-captcha/types/protocol'

/** One line for each scene and hour, oldest first, for spreadsheets: UTF-8 with its mark, lines end with CR LF. */
export function toCsv(hours: SceneHour[]): string {
  const solved = [
    ...new Set(hours.flatMap(({ counts }) => Object.keys(counts).filter((name) => name.startsWith('solved_')))),
  ]
  const bySeconds = (name: string) => Number(name.slice('solved_'.length))
  const columns = [...COUNTS, ...solved.sort((one, other) => bySeconds(one) - bySeconds(other))]
  const sorted = [...hours].sort((one, other) => one.hour - other.hour || (one.scene < other.scene ? -1 : 1))
  const rows = sorted.map(({ scene, hour, counts }) => [
    new Date(hour).toISOString(),
    toCell(scene),
    ...columns.map((name) => counts[name] ?? 0),
  ])
  return `\uFEFF${[['hour', 'scene', ...columns], ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')}`
}

/** Clients name scenes: spreadsheets calculate what begins with one of these. */
function toCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${harmless.replaceAll('"', '""')}"`
}

/** Has the browser save a text as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
