/** What the scene of a row begins with that counts no captchas: no captcha has it, for scenes hold no control characters. */
export const OWN_ROW = '\u0001'
const MESSAGES = `${OWN_ROW}messages `

export function isOwnRow(scene: string): boolean {
  return scene.startsWith(OWN_ROW)
}

/** The row of a scene's messages, an hour each. */
export function toMessageRow(scene: string): string {
  return MESSAGES + scene
}

/** The scene whose messages a row counts, or undefined. */
export function fromMessageRow(row: string): string | undefined {
  return row.startsWith(MESSAGES) ? row.slice(MESSAGES.length) : undefined
}
