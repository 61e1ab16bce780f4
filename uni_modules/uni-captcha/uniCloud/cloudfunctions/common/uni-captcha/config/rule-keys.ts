/** What one of the `rules` of config.json may say; apart from their table, which reads addresses with a library. */
export const RULE_KEYS = ['network', 'action', 'until', 'note'] as const
export type RuleKey = (typeof RULE_KEYS)[number]
