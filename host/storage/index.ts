/**
 * File storage: what clients and cloud functions upload, in a directory (file-folder.ts). Clients ask for a signed policy
 * (client.ts, signatures.ts), send a form with it and the file (upload.ts), and read files at their addresses
 * (cloud-path.ts). Cloud functions have cloud.ts. Loaded by the first of them that comes.
 */
export { answerClient } from './client'
export { CLOUD_METHODS } from './cloud'
export { Files } from './files'
export { receiveUpload } from './upload'
