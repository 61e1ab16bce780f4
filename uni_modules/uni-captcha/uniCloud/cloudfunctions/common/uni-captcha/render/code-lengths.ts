/**
 * Huffman code lengths of the 286 literals and match lengths, one base-16 digit each, counted over 3,000 pictures by
 * scripts/code-lengths.mjs.
 */
export const CODE_LENGTHS =
  '35959c959bcc9c959bcbcccc9bcc8b859bcbcccbcccccccc9bcbcccb9bcb8b859bcbcccbcccccccccccccccccccccccc9bcbcccbcccccccb9bcbcccb8bcb8b8558b8bcb9bcccbcb9bcccccccbcccbcb9ccccccccccccccccbcccccccbcccbcb958b9bcb9bcccbcb9ccccccccbcccbcb958b9ccb9ccccbcb959c9ccc959c95953a566677777788899a9cccccccccccc'

export const SIZE_CODE_LENGTHS = '4444444444444445050'
