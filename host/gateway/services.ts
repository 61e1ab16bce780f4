import { GatewayError } from '../shared/gateway-error'

const FILES = 'file storage (uploadFile, chooseAndUploadFile, getTempFileURL, deleteFile …)'
const CLIENT_DB = 'clientDB (uniCloud.database() and databaseForJQL() of a page, <unicloud-db>)'

/** What the client library calls for services of uniCloud that this host does not have, by the beginning of its name. */
const SERVICES: readonly (readonly [prefix: string, service: string])[] = [
  ['serverless.file.', FILES],
  ['serverless.db.', CLIENT_DB],
  ['DCloud-clientDB', CLIENT_DB],
  ['DCloud-', 'that service of uniCloud'],
]

/** Throws GatewayError for a method of the gateway, or a function of the platform, whose service is missing here. */
export function refuseMissingService(name: string): void {
  const [, service] = SERVICES.find(([prefix]) => name.startsWith(prefix)) ?? []
  if (service === undefined) return
  throw new GatewayError(
    'InvalidMethod.NotSupported',
    `This host does not offer ${service}: call a cloud object instead`,
  )
}
