/** The documents with their tables as the code has them: file → text. */
export function documentsWithTables(): Promise<Record<string, string>>
