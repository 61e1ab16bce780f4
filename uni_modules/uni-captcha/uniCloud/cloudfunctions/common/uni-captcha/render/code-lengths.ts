/**
 * Huffman code lengths of the 286 literals and match lengths, one base-16 digit each, fitted to 3,000 pictures by
 * scripts/code-lengths.mjs.
 */
export const CODE_LENGTHS =
  '35959c959ccc9b959bcbcccc9bcb8b859bcbcccbcccccccc9bcbcccb8bcb8b859bcbcccbcccccccbcccccccccccccccc9bcbcccbcccccccb9bcbcccb8bcb8b8558b8bcb9bcccbcb9bcccccccbcccbcb9ccccccccccccccccccccccccbcccbcb958b9bcb9bcccbcb9ccccccccbcccbcb959b9bcb9ccccbcb959b9ccb959c95953a56667777778889aa9cccccccccccc'

/** Code lengths of the 19 symbols that send the lengths above. */
export const SIZE_CODE_LENGTHS = '6676745643522777467'
