/** What is read of a collection at once. */
export const MAX_PART_DOCUMENTS = 500
const MAX_PART_BYTES = 4 * 1024 * 1024

/** The last of the rows that are read together: one at least, more while they are small. `rows` is not empty. */
export function findEndOfPart<T>(rows: readonly { at: T; bytes: number }[]): T {
  let end = rows[0]!.at
  let total = 0
  for (const { at, bytes } of rows) {
    total += bytes
    if (at !== end && total > MAX_PART_BYTES) break
    end = at
  }
  return end
}
