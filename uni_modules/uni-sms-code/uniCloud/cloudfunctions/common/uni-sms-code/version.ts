/** The release this code belongs to; building refuses when it is not package.json's. */
export const version = '1.0.0'
