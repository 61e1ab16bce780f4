/** Packs the host. Answers the tarball, its size unpacked in bytes and the paths of what is in it. */
export function packHost(): Promise<{ file: string; unpackedBytes: number; files: string[] }>
