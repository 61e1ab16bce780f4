const warned = new Set<string>()

/** Logs a warning about `place`, which no client chooses, the first time only. */
export function warnOnce(place: string, text: string): void {
  if (warned.has(place)) return
  warned.add(place)
  console.warn(`[uni-captcha] ${place} ${text}`)
}
