import { createCloudTransport } from './cloud-transport'
import { createHttpTransport } from './http-transport'
import type { Solved } from './use-proof'

/**
 * How the components reach the server. Rejects as uniCloud's client does, with `{ errCode, errMsg, detail }`; answers are
 * checked by those who ask.
 */
export interface Transport {
  /** a picture; by HTTP also a token, where no captcha is needed */
  getPicture: (scene: string) => Promise<unknown>
  getChallenge: (scene: string) => Promise<unknown>
  redeemSolutions: (scene: string, solved: Solved) => Promise<unknown>
  /** hands in what was typed for a picture; by the cloud object that is the application's own function's to do */
  sendAnswer?: (pictureId: string, typed: string) => Promise<unknown>
}

/** Where an application's back end is not uniCloud. */
export interface Site {
  /** address of the server */
  server: string
  sitekey: string
}

/** By HTTP where the page names a server, else through the cloud object. */
export function createTransport(site: Site): Transport {
  return site.server === '' ? createCloudTransport() : createHttpTransport(site)
}
