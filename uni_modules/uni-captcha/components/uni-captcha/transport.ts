import type { Solved } from './use-proof'

/** How the components reach the server. Rejects as uniCloud's client does; answers are checked by those who ask. */
export interface Transport {
  getPicture: (scene: string) => Promise<unknown>
  getChallenge: (scene: string) => Promise<unknown>
  redeemSolutions: (scene: string, solved: Solved) => Promise<unknown>
}

/** Through the cloud object. */
export function createCloudTransport(): Transport {
  const object = () => uniCloud.importObject('uni-captcha-co', { customUI: true })
  return {
    getPicture: async (scene) => object().getImageCaptcha({ scene }),
    getChallenge: async (scene) => object().getChallenge({ scene }),
    redeemSolutions: async (scene, solved) => object().redeemSolutions({ scene, ...solved }),
  }
}
