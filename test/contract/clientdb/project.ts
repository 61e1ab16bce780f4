import { createHmac } from 'node:crypto'

import { openDevice, type ClientError, type Device } from '../support/gateway-client'
import { writeProject } from '../support/host-project'
import type { Files } from '../../support/project'

const DATABASE = 'uniCloud-aliyun/database'
const COMMON = 'uniCloud-aliyun/cloudfunctions/common'
export const TOKEN_SECRET = 'a secret of this project alone'

const USERS = {
  bsonType: 'object',
  required: [],
  permission: {
    read: true,
    create: "'CREATE_UNI_ID_USERS' in auth.permission",
    update: "doc._id == auth.uid || 'UPDATE_UNI_ID_USERS' in auth.permission",
    delete: "'DELETE_UNI_ID_USERS' in auth.permission",
  },
  properties: {
    _id: { description: 'id' },
    username: { bsonType: 'string', title: '用户名', minLength: 2, trim: 'both' },
    nickname: { bsonType: 'string', title: '昵称', maxLength: 10, trim: 'both' },
    password: { bsonType: 'password' },
    mobile: {
      bsonType: 'string',
      permission: { read: "doc._id == auth.uid || 'READ_UNI_ID_USERS' in auth.permission" },
    },
    email: { bsonType: 'string', format: 'email', permission: { read: 'doc._id == auth.uid' } },
    avatar_file: { bsonType: 'file' },
    gender: {
      bsonType: 'int',
      enum: [
        { text: 'unknown', value: 0 },
        { text: 'male', value: 1 },
      ],
    },
    role: { bsonType: 'array', permission: { write: false } },
    token: { bsonType: 'array', permission: { read: false, write: false } },
    wx_openid: {
      bsonType: 'object',
      properties: { app: { bsonType: 'string' }, session: { bsonType: 'string', permission: { read: false } } },
    },
  },
}

const ARTICLES = {
  bsonType: 'object',
  required: ['title'],
  permission: {
    read: 'doc.status == 1 || doc.uid == auth.uid',
    create: true,
    update: 'doc.uid == auth.uid',
    delete: 'doc.uid == auth.uid',
    count: 'auth.uid != null',
  },
  properties: {
    title: {
      bsonType: 'string',
      title: 'Title',
      maxLength: 20,
      errorMessage: { maxLength: '{title} has at most {maxLength} characters', required: '{title} is needed' },
    },
    status: { bsonType: 'int', defaultValue: 0, minimum: 0, maximum: 2 },
    uid: { bsonType: 'string', forceDefaultValue: { $env: 'uid' } },
    created: { bsonType: 'timestamp', forceDefaultValue: { $env: 'now' } },
    ip: { bsonType: 'string', forceDefaultValue: { $env: 'clientIP' }, permission: { read: false } },
    secret_note: { bsonType: 'string', permission: { read: false } },
  },
}

const HIDDEN = { bsonType: 'object', properties: { name: { bsonType: 'string' } } }

const UNSUPPORTED = {
  bsonType: 'object',
  permission: { read: 'doc.name == doc.owner', create: true },
  properties: { name: { bsonType: 'string', validateFunction: 'checkName' }, size: { bsonType: 'int' } },
}

/** A cloud object that puts rows where no page may: tests prepare through it. */
const SEED = `module.exports = {
  async put(collection, rows) { await uniCloud.database().collection(collection).add(rows); return {} },
  async set(collection, id, change) { await uniCloud.database().collection(collection).doc(id).update(change); return {} },
  async all(collection) { return uniCloud.database().collection(collection).limit(1000).get() },
}`

/** A project as uni-starter is one, as far as clientDB looks at it. */
export function clientDbProject(more: Files = {}, uniId: object = {}): string {
  return writeProject({
    ...more,
    [`${DATABASE}/uni-id-users.schema.json`]: JSON.stringify(USERS),
    [`${DATABASE}/articles.schema.json`]: `// comments are usual here\n${JSON.stringify(ARTICLES)}`,
    [`${DATABASE}/hidden.schema.json`]: JSON.stringify(HIDDEN),
    [`${DATABASE}/unsupported.schema.json`]: JSON.stringify(UNSUPPORTED),
    [`${DATABASE}/names.index.json`]: JSON.stringify([
      { IndexName: 'name', MgoKeySchema: { MgoIndexKeys: [{ Name: 'name', Direction: '1' }], MgoIsUnique: true } },
    ]),
    [`${DATABASE}/names.schema.json`]: JSON.stringify({
      bsonType: 'object',
      permission: { create: true },
      properties: { name: { bsonType: 'string' } },
    }),
    [`${COMMON}/uni-config-center/package.json`]: '{"name":"uni-config-center"}',
    [`${COMMON}/uni-config-center/uni-id/config.json`]: JSON.stringify({ tokenSecret: TOKEN_SECRET, ...uniId }),
    'uniCloud-aliyun/cloudfunctions/seed/index.obj.js': SEED,
  })
}

export function signToken(claims: object, secret = TOKEN_SECRET, head: object = { alg: 'HS256', typ: 'JWT' }): string {
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

export function toToken(uid: string, claims: object = {}): string {
  const nowS = Math.floor(Date.now() / 1000)
  return signToken({ uid, role: [], permission: [], iat: nowS, exp: nowS + 3600, ...claims })
}

interface Reply {
  result: Record<string, unknown> & { data: Record<string, unknown>[] }
}

type Sent = Promise<Reply>
/** The client's own objects; every method that ends a chain sends. */
interface Chain {
  doc(id: string): Chain
  where(condition: unknown): Chain
  field(fields: unknown): Chain
  orderBy(field: string, direction?: string): Chain
  skip(count: number): Chain
  limit(count: number): Chain
  get(options?: object): Sent
  count(): Sent
  add(document: unknown): Sent
  update(change: object): Sent
  remove(): Sent
  getTemp(): Chain
  groupBy(text: string): Chain
  aggregate(): Chain
}
interface PageDatabase {
  collection(...names: unknown[]): Chain
  action(name: string): PageDatabase
  multiSend(...chains: Chain[]): Promise<{ result: { dataList: Reply['result'][] } }>
  command: Record<string, (...operands: unknown[]) => object>
  env: Record<string, object>
  RegExp: new (options: object) => object
}

export interface Page {
  device: Device
  db: PageDatabase
}

/** A page of one user, or of an anonymous one, with the unmodified client. */
export function openPage(url: string, token?: string, provider: 'aliyun' | 'dcloud' = 'dcloud'): Page {
  const device = openDevice(url, provider)
  if (token !== undefined) {
    device.storage.set('uni_id_token', token)
    device.storage.set('uni_id_token_expired', Date.now() + 3_600_000)
  }
  return { device, db: (device.client as unknown as { database(): PageDatabase }).database() }
}

/** The code of a refusal; fails when there was none. */
export async function readCode(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    (value) => `not refused: ${JSON.stringify((value as Reply).result)}`,
    (error: ClientError & { code?: string }) => String(error.errCode ?? error.code),
  )
}
