import { GatewayError } from '../shared/gateway-error'

const FILES = 'file storage (uploadFile, chooseAndUploadFile, getTempFileURL, deleteFile …)'

/** What the client library calls for services of uniCloud that this host does not have, by the beginning of its name. */
const SERVICES: readonly (readonly [prefix: string, service: string])[] = [
  ['serverless.file.', FILES],
  ['DCloud-', 'that service of uniCloud'],
]

/** What a page asks for by `secretType` or `secretMethods`; its client then sends `_uniCloudOptions` beside the data. */
export const SECURE_NETWORK = 'the secure network (secretType, secretMethods)'

/** The function that the client's library calls for `uniCloud.database()`. */
export const CLIENT_DB = 'DCloud-clientDB'

/** Throws GatewayError for a method of the gateway, or a function of the platform, whose service is missing here. */
export function refuseMissingService(name: string): void {
  if (name === CLIENT_DB) return
  const [, service] = SERVICES.find(([prefix]) => name.startsWith(prefix)) ?? []
  if (service !== undefined) refuse(service)
}

export function refuse(service: string): never {
  throw new GatewayError(
    'InvalidMethod.NotSupported',
    `This host does not offer ${service}: call a cloud object instead`,
  )
}
