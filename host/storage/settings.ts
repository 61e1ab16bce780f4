/** Who may add files: pages and cloud functions, cloud functions alone, or neither. */
export const FILE_UPLOADS = ['clients', 'functions', 'off'] as const

/** What opens a file: its own address, or nothing but an address that a cloud function has had signed. */
export const FILE_LINKS = ['public', 'signed'] as const

/** What can be set about file storage. */
export interface FileSettings {
  /** Holds the files; made when it is first used. Processes and machines that serve the same files share it. */
  filesDir: string
  fileUploads: (typeof FILE_UPLOADS)[number]
  fileLinks: (typeof FILE_LINKS)[number]
  /** How long an address that `getTempFileURL` answers can be opened. */
  fileLinkSeconds: number
  /** The largest file. */
  fileLimitBytes: number
  /** All files together. */
  fileQuotaBytes: number
  /** The extensions that may be uploaded, in lower case without the dot; empty: every one. */
  fileTypes: string[]
  /** What one address may upload within an hour through one process; 0 means unlimited. */
  fileUploadsPerHour: number
  fileBytesPerHour: number
  /** Where clients reach this host, without a slash at the end; null: as each request names it. */
  publicUrl: string | null
}

const BLOCK_BYTES = 4096

/** What a file of so many bytes takes of a disk: whole blocks, and one for what is known of it. */
export function toFootprint(bytes: number): number {
  return (Math.ceil(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES
}
