import { importCaptchaObject } from './cloud-object'

import type { Transport } from './transport'

declare const process: { env: { UNI_CLOUD_PROVIDER?: string } }
/**
 * The compiler puts uniCloud's spaces here as JSON. Without any, the client would only fail.
 * @public uni-app x asks, too: x/transport.uts
 */
export const HAS_UNICLOUD = process.env.UNI_CLOUD_PROVIDER !== '' && process.env.UNI_CLOUD_PROVIDER !== '[]'

/** Through the cloud object. */
export function createCloudTransport(): Transport {
  const object = () => (HAS_UNICLOUD ? importCaptchaObject() : refuse())
  return {
    getPicture: async (scene) => object().getImageCaptcha({ scene, canWork: true, canTap: true }),
    getChallenge: async (scene) => object().getChallenge({ scene }),
    redeemSolutions: async (scene, solved) => object().redeemSolutions({ scene, ...solved }),
  }
}

function refuse(): never {
  throw new Error('uniCloud is not defined')
}
