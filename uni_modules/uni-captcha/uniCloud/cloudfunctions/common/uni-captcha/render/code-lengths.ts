/**
 * Huffman code lengths of the 286 literals and match lengths, one base-16 digit each, fitted to 3,000 pictures by
 * scripts/code-lengths.ts.
 */
export const CODE_LENGTHS =
  '35959c959ccc9c959bcccccc9bcc9b959bcbcccccccccccc9bcbcccc9bcb9b859bcbcccbcccccccccccccccccccccccc9bcbcccbcccccccc9bcbcccb8bcb8b8558b8bcb9bcccbcb9bcccccccbcccbcb9ccccccccccccccccccccccccbcccbcb958b9bcb9ccccbcb9ccccccccccccbcb959b9ccb9ccccbcb959c9ccc959c95953a55667778778889aaacccccccccccc'

/** Code lengths of the 19 symbols that send the lengths above. */
export const SIZE_CODE_LENGTHS = '6676746543522777467'
