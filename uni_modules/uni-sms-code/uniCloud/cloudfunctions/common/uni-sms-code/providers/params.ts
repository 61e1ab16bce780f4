import type { SmsMessage } from './provider'

/** Puts a message into a template parameter: `{code}` and `{minutes}` are replaced. */
export function fill(template: string, { code, minutes }: SmsMessage): string {
  return template.replace('{code}', code).replace('{minutes}', String(minutes))
}

/** As `fill`, for every value. */
export function fillAll(templates: Record<string, string>, message: SmsMessage): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const [name, template] of Object.entries(templates)) filled[name] = fill(template, message)
  return filled
}
