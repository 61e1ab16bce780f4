/** Huffman code lengths, one base-16 digit each. */
export interface CodeLengths {
  /** Of the 286 literals and match lengths. */
  symbols: string
  /** Of the 19 symbols that send the lengths above. */
  lengths: string
}

/** Fitted by scripts/code-lengths.ts to 3,000 pictures of each bit depth. */
export const CODE_LENGTHS: Readonly<Record<1 | 2, CodeLengths>> = {
  1: {
    symbols:
      '36959b959bbb9b959bbbbbbb9bbb9b959bbbbbbbbbbbbbbb9bbbbbbb9bbb9b959bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb9bbbbbbbbbbbbbbb9bbbbbbb9bbb9b9659b9bbb9bbbbbbb9bbbbbbbbbbbbbbb9bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb959b9bbb9bbbbbbb9bbbbbbbbbbbbbbb959b9bbb9bbbbbbb959b9bbb959b95963a55667777778877899a9bbbbbbbbbb',
    lengths: '7575735552627777367',
  },
  2: {
    symbols:
      '35b696b6bbbbaab69bbb97b7bbbba9b6bbbbbbbbbbbbbbbbabbbaabbbbbbaab658bab9b9bbbbbbba69ba75b7bbbba9b6bbbbbbbbbbbbbbbbabbb99bbbbbba8b5bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb6ababababbbbbbba69ba77b9bbbbbab9bbbbbbbbbbbbbbbb6aba66b9bbbb65b3a566667777788778889aaabbbbbbbb',
    lengths: '6666754454327777267',
  },
}
