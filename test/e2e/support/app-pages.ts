import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './host-process'

const { pages } = JSON.parse(readFileSync(join(root, 'pages.json'), 'utf8')) as { pages: { path: string }[] }

/** Every page of the application, as `pages.json` names it: `pages/login/login`. */
export const PAGE_PATHS = pages.map(({ path }) => path)
