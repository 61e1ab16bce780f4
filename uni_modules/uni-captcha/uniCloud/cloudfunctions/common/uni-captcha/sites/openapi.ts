import { version } from '../version'

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more })
const integer = (description: string) => ({ type: 'integer', description })

/** A body as JSON or as a form. */
function body(required: string[], properties: object) {
  const schema = { type: 'object', required, properties }
  return {
    required: true,
    content: {
      'application/json': { schema },
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
    },
  }
}

function answer(description: string, schema: object) {
  return { description, content: { 'application/json': { schema } } }
}

const FAILURE = { $ref: '#/components/schemas/Failure' }
const FAILURES = {
  '400': answer('The body cannot be read, or a field is not as it has to be', FAILURE),
  '403': answer('The site does not allow this host or scene, or a rule denies the network', FAILURE),
  '404': answer('There is no such site', FAILURE),
  '422': answer(
    'The answer is wrong, expired or used, or the address has to compute a proof (kind "proof") first',
    FAILURE,
  ),
  '429': { ...answer('Too many requests', FAILURE), headers: { 'Retry-After': { schema: integer('seconds') } } },
  '500': answer('The configuration or the server is broken', FAILURE),
  '503': answer('The store is unavailable', FAILURE),
}

/** What the endpoints of sites take and answer, as OpenAPI 3.1. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'uni-captcha',
    version,
    description: 'Captchas for any page and any back end. The endpoints exist once config.json has a site.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  security: [],
  tags: [
    { name: 'page', description: 'Called by pages' },
    { name: 'back end', description: 'Called by back ends' },
  ],
  paths: {
    '/challenge': {
      post: {
        operationId: 'challenge',
        tags: ['page'],
        summary: 'A captcha for a page of the site',
        requestBody: body(['sitekey', 'scene'], {
          sitekey: text('The site key', { maxLength: 64 }),
          scene: text('What the captcha protects, such as "login"', { maxLength: 64 }),
          kind: text('One of the kinds that the scene offers', { enum: ['image', 'sum', 'tap', 'proof'] }),
          canTap: {
            type: 'boolean',
            description:
              'The page can show a picture to tap on (kind "tap"); others get the proof that the scene offers, or uni-captcha-tap-required',
          },
          locale: text('Language of error messages: zh-Hans, zh-Hant or en', { maxLength: 35 }),
          cdata: text('Handed to the back end, where a token is given at once', { maxLength: 255 }),
        }),
        responses: {
          '200': answer('A challenge, or a token where the site has whenNeeded and calls are few', {
            oneOf: ['ImageChallenge', 'ProofChallenge', 'Token'].map((name) => ({
              $ref: `#/components/schemas/${name}`,
            })),
          }),
          ...FAILURES,
        },
      },
    },
    '/answer': {
      post: {
        operationId: 'answer',
        tags: ['page'],
        summary: 'A token for a right answer',
        requestBody: body(['id', 'answer'], {
          id: text('The id of the challenge', { maxLength: 512 }),
          answer: {
            description:
              'What the person typed; of kind "tap" the points such as tap.37,88.262,120.187,163.112,88, whole CSS pixels of the picture; the solved proof as an object, or as JSON in a form',
            oneOf: [{ type: 'string' }, { type: 'object' }],
          },
          cdata: text('Handed to the back end as it is', { maxLength: 255 }),
          locale: text('Language of error messages: zh-Hans, zh-Hant or en', { maxLength: 35 }),
        }),
        responses: { '200': answer('A token', { $ref: '#/components/schemas/Token' }), ...FAILURES },
      },
    },
    '/siteverify': {
      post: {
        operationId: 'siteverify',
        tags: ['back end'],
        summary: 'Whether a token passes; it passes once',
        requestBody: body(['secret', 'response'], {
          secret: text("The site's secret", { maxLength: 256 }),
          response: text('The token, or the v-model of <uni-captcha> together with scene and deviceId', {
            maxLength: 2048,
          }),
          remoteip: text("The visitor's address", { maxLength: 64 }),
          idempotency_key: text('A retry with the same value within a minute is answered as the first call', {
            maxLength: 128,
          }),
          scene: text('The scene of the v-model', { maxLength: 64 }),
          deviceId: text('The device of the v-model', { maxLength: 256 }),
        }),
        responses: Object.fromEntries(
          [
            ['200', 'The verdict'],
            ['429', 'The address sent too many wrong secrets'],
            ['503', 'The server failed; nothing passes, and the call can be repeated'],
          ].map(([status, description]) => [
            status,
            answer(description!, { $ref: '#/components/schemas/SiteverifyResult' }),
          ]),
        ),
      },
    },
  },
  components: {
    schemas: {
      ImageChallenge: {
        type: 'object',
        required: ['id', 'kind', 'captchaBase64', 'width', 'height', 'maxLength', 'expiresIn'],
        properties: {
          id: text('Goes back with the answer'),
          kind: text('', { enum: ['image', 'sum', 'tap'] }),
          captchaBase64: text('The picture as a data URI'),
          width: integer('CSS pixels'),
          height: integer('CSS pixels'),
          maxLength: integer('Characters of the answer at most'),
          expiresIn: integer('Seconds'),
          tap: { $ref: '#/components/schemas/TapLayout' },
          alternative: text('Another kind that the scene offers', { enum: ['pow'] }),
        },
      },
      TapLayout: {
        type: 'object',
        description:
          'Of kind "tap" alone, in CSS pixels: equal cells of one character each, under a strip that shows the characters to tap, in order',
        required: ['columns', 'rows', 'count', 'top', 'width', 'height'],
        properties: {
          columns: integer('Cells in a row'),
          rows: integer('Rows of cells'),
          count: integer('Characters to tap'),
          top: integer('Height of the strip: the field begins there'),
          width: integer('Of the whole picture'),
          height: integer('Of the whole picture'),
        },
      },
      ProofChallenge: {
        type: 'object',
        required: ['id', 'kind', 'challenge', 'puzzles', 'iterations', 'target', 'expiresIn'],
        properties: {
          id: text('Goes back with the answer'),
          kind: { const: 'proof' },
          challenge: text('Signed; goes back in the answer, with the solutions'),
          puzzles: integer('Solutions to find, one number of 32 bits for each'),
          iterations: integer('Of PBKDF2-HMAC-SHA-256, for each number that is tried'),
          target: integer('A puzzle is solved by a key whose first 32 bits are below this'),
          face: text('What the user presses or slides first; left out where it is computed at once', {
            enum: ['button', 'slide'],
          }),
          expiresIn: integer('Seconds'),
        },
      },
      Token: {
        type: 'object',
        required: ['token', 'expiresIn'],
        properties: { token: text('Passes siteverify once'), expiresIn: integer('Seconds') },
      },
      Failure: {
        type: 'object',
        required: ['errCode', 'errMsg'],
        properties: {
          errCode: text('Such as uni-captcha-verify-fail'),
          errMsg: text('In the language of locale'),
          retryAfter: integer('Seconds'),
        },
      },
      SiteverifyResult: {
        type: 'object',
        required: ['success', 'error-codes'],
        properties: {
          success: { type: 'boolean' },
          challenge_ts: text('When the challenge was passed', { format: 'date-time' }),
          hostname: text('Host of the page; empty where the request named none'),
          action: text('The scene'),
          cdata: text('What the page attached'),
          'error-codes': {
            type: 'array',
            items: {
              type: 'string',
              enum: [
                'missing-input-secret',
                'invalid-input-secret',
                'missing-input-response',
                'invalid-input-response',
                'timeout-or-duplicate',
                'bad-request',
                'internal-error',
              ],
            },
          },
        },
      },
    },
  },
}
