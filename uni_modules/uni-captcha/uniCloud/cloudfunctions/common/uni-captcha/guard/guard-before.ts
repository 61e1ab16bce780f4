import { isRecord, own } from '../kit/values'

/** What a cloud object's `_before` is made from. */
export interface GuardEntry {
  scene: string
  /** the methods to guard, all where left out */
  methods?: readonly string[]
  /** the field of the first argument that says whom the call is about, e.g. `username` */
  identity?: string
}

/** What uniCloud gives a cloud object as `this`, as far as it is used here. */
export interface GuardedObject {
  getClientInfo(): { deviceId?: string; clientIP?: string; locale?: string }
  getMethodName(): string
  getParams(): unknown[]
}

/** The captcha is the field `captcha` of the method's first argument; scene and identity are the author's choice. */
export function createBefore({ scene, methods, identity }: GuardEntry, guard: (params: object) => Promise<void>) {
  return async function before(this: GuardedObject): Promise<void> {
    if (methods && !methods.includes(this.getMethodName())) return
    const { deviceId, clientIP, locale } = this.getClientInfo()
    const [first] = this.getParams()
    const form = isRecord(first) ? first : {}
    const named = identity === undefined ? undefined : own(form, identity)
    await guard({ scene, captcha: own(form, 'captcha'), identity: named, deviceId, clientIP, locale })
  }
}
