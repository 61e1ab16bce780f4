import { GatewayError } from '../shared/gateway-error'

/** What a page asks for by `secretType` or `secretMethods`; its client then sends `_uniCloudOptions` beside the data. */
export const SECURE_NETWORK = 'the secure network (secretType, secretMethods)'

/** The function that the client's library calls for `uniCloud.database()`. */
export const CLIENT_DB = 'DCloud-clientDB'

/** Throws GatewayError for a function of the platform whose service is missing here. */
export function refuseMissingService(functionName: string): void {
  if (functionName !== CLIENT_DB && functionName.startsWith('DCloud-')) refuse('that service of uniCloud')
}

export function refuse(service: string): never {
  throw new GatewayError(
    'InvalidMethod.NotSupported',
    `This host does not offer ${service}: call a cloud object instead`,
  )
}
