// Pages for people who read the code are written in English once, at the root: these are their addresses below `en/`.
import { INTERNAL_PAGES, readForEnglish } from '../.vitepress/pages'

export default {
  paths: () => INTERNAL_PAGES.map(({ path }) => ({ params: { page: path }, content: readForEnglish(path) })),
}
