import { join } from 'path'

/** The font of the pictures, beside the bundles and beside this file. */
export const FONT_FILE = join(__dirname, 'fonts', 'font.ttf')
