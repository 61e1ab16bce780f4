/** What engines, loggers and `await` ask of any object: no member of anybody's API. */
const ASKED_OF_ANYTHING = new Set([
  'then',
  'toJSON',
  'inspect',
  'constructor',
  'prototype',
  'nodeType',
  'asymmetricMatch',
])

/**
 * The same object, but a member that it does not have fails by its name when it is called, made with `new` or looked into,
 * instead of as a TypeError about undefined. `optional` are members that code looks for before it uses them.
 */
export function nameUnknownMembers<T extends object>(
  target: T,
  name: string,
  fail: (member: string) => never,
  optional: readonly string[] = [],
): T {
  const cache = new Map<string, unknown>()
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'symbol' || key in object || isAskedOfAnything(key) || optional.includes(key)) {
        return Reflect.get(object, key, receiver) as unknown
      }
      if (!cache.has(key)) cache.set(key, unknownMember(`${name}.${key}`, fail))
      return cache.get(key)
    },
  })
}

/**
 * The same for every instance of a class and of those that extend it. Below their prototypes, not around them: methods
 * reach private fields of the instance alone.
 */
export function nameUnknownMembersOf(
  type: { readonly prototype: object },
  name: string,
  fail: (member: string) => never,
): void {
  const base = Object.getPrototypeOf(type.prototype) as object
  Object.setPrototypeOf(type.prototype, nameUnknownMembers(base, name, fail))
}

function unknownMember(name: string, fail: (member: string) => never): unknown {
  return new Proxy(function unknown() {}, {
    apply: () => fail(name),
    construct: () => fail(name),
    get: (_target, key) => {
      return typeof key === 'symbol' || isAskedOfAnything(key) ? undefined : unknownMember(`${name}.${key}`, fail)
    },
  })
}

function isAskedOfAnything(key: string): boolean {
  return ASKED_OF_ANYTHING.has(key) || /^(__|\$\$)/.test(key)
}
