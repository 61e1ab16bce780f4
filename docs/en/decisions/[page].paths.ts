// As ../[page].paths.ts, for the records of decisions.
import { decisionNames, readForEnglish } from '../../.vitepress/pages'

export default {
  paths: () => decisionNames().map((page) => ({ params: { page }, content: readForEnglish(`decisions/${page}`) })),
}
