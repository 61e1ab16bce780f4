/** The release this code belongs to; `npm run build:plugin` refuses to build when it is not package.json's. */
export const version = '1.0.0'
