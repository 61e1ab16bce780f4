/**
 * Splits text into the terms that the search finds: words where spaces and punctuation separate them, and of Chinese every
 * two neighbouring characters. Chinese that is typed (`field` is left out) is first split into the words of
 * `Intl.Segmenter`, so that 频繁弹窗 is 频繁 and 弹窗 without the pair between them. The pages are never indexed by such
 * words: the browser's dictionary is not the one of the build. VitePress sends this function to the page as its source:
 * it can refer to nothing outside itself.
 */
export function tokenize(text: string, field?: string): string[] {
  const isTyped = field === undefined
  const terms: string[] = []
  for (const [run] of text.matchAll(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu)) {
    if (!/^\p{Script=Han}/u.test(run)) {
      terms.push(run)
      continue
    }
    for (const word of isTyped ? wordsIn(run) : [run]) {
      for (let at = 0; at + 2 <= word.length; at++) terms.push(word.slice(at, at + 2))
      // The last character begins no pair and is found by itself; so is a word of one character.
      if (!isTyped || word.length === 1) terms.push(word.slice(-1))
    }
  }
  return terms

  /** Words; characters that the dictionary knows no word for stay together. */
  function wordsIn(run: string): string[] {
    if (!('Segmenter' in Intl)) return [run]
    const words: string[] = []
    let loose = ''
    for (const { segment } of new Intl.Segmenter('zh', { granularity: 'word' }).segment(run)) {
      if (segment.length === 1) {
        loose += segment
        continue
      }
      if (loose) words.push(loose)
      loose = ''
      words.push(segment)
    }
    return loose ? [...words, loose] : words
  }
}
