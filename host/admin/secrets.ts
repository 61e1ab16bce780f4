import { isJsonObject, own, type JsonObject } from '../shared/json'

/** Stands in the text for what the page is not told. */
export const HIDDEN = '••••••••'

const SECRET_KEY = /secret|passw|passphrase|token|credential|(private|api|access).?key/i
/** A number is a duration or a count unless its name leaves nothing else: `tokenSeconds` is not a secret. */
const SECRET_NUMBER_KEY = /(secret|passw(or)?d|token)$/i
/** Keys at the root whose own keys are names that an administrator chose. */
const NAMED = ['scene', 'sites']
const URL_WITH_PASSWORD = /^[a-z][\w+.-]*:\/\/[^/\s]*:[^/\s]*@/i

/** Where a value stands, and the nearest name above it that says what is below it is secret. */
interface Place {
  path: string[]
  secretKey: string | undefined
}

const ROOT: Place = { path: [], secretKey: undefined }

/** A configuration as the page may see it: the same, with `HIDDEN` in place of every secret. */
export function withoutSecrets(config: JsonObject): JsonObject {
  return hide(config, ROOT) as JsonObject
}

/**
 * A submitted configuration with the secrets of the present one back in their places. A secret survives as long as the
 * object does that it stands in. `refused` are the paths where a secret would be set or moved: that is not done here.
 */
export function withSecrets(submitted: JsonObject, present: JsonObject): { config: JsonObject; refused: string[] } {
  const refused: string[] = []
  return { config: merge(submitted, present, ROOT, refused) as JsonObject, refused }
}

function hide(value: unknown, place: Place): unknown {
  if (isJsonObject(value)) return mapped(value, (key, inner) => hide(inner, below(place, key)))
  if (Array.isArray(value)) return hasSecret(value, place) ? HIDDEN : value
  return isSecret(value, place) ? HIDDEN : value
}

function merge(given: unknown, present: unknown, place: Place, refused: string[]): unknown {
  const wasHidden = !isJsonObject(present) && hide(present, place) === HIDDEN
  if (wasHidden) {
    if (given !== HIDDEN) refused.push(place.path.join('.'))
    return present
  }
  if (isJsonObject(given)) {
    const known = isJsonObject(present) ? present : {}
    const merged = mapped(given, (key, inner) => merge(inner, own(known, key), below(place, key), refused))
    const dropped = Object.entries(known).filter(([key, value]) => {
      return !Object.hasOwn(given, key) && !isJsonObject(value) && hide(value, below(place, key)) === HIDDEN
    })
    return { ...merged, ...Object.fromEntries(dropped) }
  }
  if (contains(given, HIDDEN) || hide(given, place) === HIDDEN) refused.push(place.path.join('.'))
  return given
}

/** A scene may be called "reset-password", a site "token-demo": those are names, and what they hold are options. */
function below({ path, secretKey }: Place, key: string): Place {
  const isName = path.length === 1 && NAMED.includes(path[0]!)
  return { path: [...path, key], secretKey: !isName && SECRET_KEY.test(key) ? key : secretKey }
}

/** Items of a list have no names of their own, so a list with a secret is hidden as a whole. */
function hasSecret(value: unknown, place: Place): boolean {
  if (Array.isArray(value)) return value.some((one) => hasSecret(one, place))
  if (!isJsonObject(value)) return isSecret(value, place)
  return Object.entries(value).some(([key, inner]) => hasSecret(inner, below(place, key)))
}

function isSecret(value: unknown, { secretKey }: Place): boolean {
  if (typeof value === 'number') return secretKey !== undefined && SECRET_NUMBER_KEY.test(secretKey)
  if (typeof value !== 'string' || value === '') return false
  return secretKey !== undefined || URL_WITH_PASSWORD.test(value)
}

function contains(value: unknown, text: string): boolean {
  if (Array.isArray(value)) return value.some((one) => contains(one, text))
  if (isJsonObject(value)) return Object.values(value).some((one) => contains(one, text))
  return value === text
}

function mapped(object: JsonObject, change: (key: string, value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]))
}
