/** Files of a plugin: path → text, undefined for what is no text. */
type Texts = Record<string, string | undefined>

/** What is in a zip. */
export function textsIn(zip: string): Texts
/** Everything that is wrong with a plugin as it is shipped, syntax aside. */
export function pluginFaults(plugin: string, version: string, files: Texts): string[]
/** What Node 12.16 cannot read of the cloud code among a plugin's files. */
export function syntaxFaults(files: Texts): string[]
/** What is wrong with the versions: of each other file the one that it says, undefined where it says none. */
export function versionFaults(root: { version: string }, stated: Record<string, string | undefined>): string[]
