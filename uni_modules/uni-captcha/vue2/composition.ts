// What the components use of Vue 3, on Vue 2.6: in a project of Vue 2 they import this file in place of `vue` and
// `@dcloudio/uni-app`. Reactivity is Vue 2's own.
import * as vue from 'vue'

import { hookPage } from './page-hooks'

import type { ComponentOptions, DependencyClass, Instance, Vue2, WatcherClass } from './vue'

const Vue = (vue as unknown as { default: Vue2 }).default

export interface Ref<Value = unknown> {
  value: Value
}

let current: Instance | undefined
const refs = new WeakSet<object>()
const { scope, Watcher, Dep } = findClasses()

/** Vue does not export its classes of watchers and dependencies; an instance has them. */
function findClasses() {
  // Also owns what is made outside of components.
  const instance = new Vue({ data: {}, computed: { value: () => 0 } })
  return {
    scope: instance,
    Watcher: instance._computedWatchers['value']!.constructor as WatcherClass,
    Dep: instance._data.__ob__.dep.constructor as DependencyClass,
  }
}

function markRef<Value>(made: Ref<Value>): Ref<Value> {
  refs.add(made)
  return made
}

function isRef(value: unknown): value is Ref {
  return refs.has(Object(value) as object)
}

/** Deep: objects that are put in are observed. */
export function ref<Value>(value?: Value): Ref<Value | undefined> {
  return markRef(Vue.observable({ value }))
}

/** What is put in is left as it is: only another value is a change. */
export function shallowRef<Value>(value?: Value): Ref<Value | undefined> {
  const dependency = new Dep()
  let held = value
  return markRef({
    get value() {
      dependency.depend()
      return held
    },
    set value(next) {
      if (Object.is(next, held)) return
      held = next
      dependency.notify()
    },
  })
}

export function reactive<Fields extends object>(fields: Fields): Fields {
  return Vue.observable(fields)
}

type Computation<Value> = (() => Value) | { get: () => Value; set: (value: Value) => void }

/** Evaluated when it is read, and again only after something that it has read has changed. */
export function computed<Value>(computation: Computation<Value>): Ref<Value> {
  const { get, set } = typeof computation === 'function' ? { get: computation, set: () => {} } : computation
  const watcher = new Watcher(
    current ?? scope,
    () => get(),
    () => {},
    { lazy: true },
  )
  return markRef({
    get value() {
      if (watcher.dirty) watcher.evaluate()
      if (Dep.target) watcher.depend()
      return watcher.value as Value
    },
    set value(next) {
      set(next)
    },
  })
}

type Source = Ref | (() => unknown)
type Change = (value: unknown, before: unknown) => void
interface WatchOptions {
  immediate?: boolean
  /** `post` is not looked at: Vue 2 runs watchers as they were made, one of a mounted component after its rendering. */
  flush?: 'post' | 'sync'
}

/** Only another value is a change, whatever it was read from; a list of sources changes with one of them. */
export function watch(source: Source | Source[], change: Change, options: WatchOptions = {}): () => void {
  const isList = Array.isArray(source)
  const sources = isList ? source : [source]
  const report = (values: unknown[], before: unknown[]) =>
    isList ? change(values, before) : change(values[0], before[0])
  let last: unknown[] | undefined
  const stop = (current ?? scope).$watch(
    () => {
      const values = sources.map((one) => (typeof one === 'function' ? one() : one.value))
      last ??= values
      return values
    },
    (values) => {
      const before = last!
      if (values.every((value, index) => Object.is(value, before[index]))) return
      last = values
      report(values, before)
    },
    { sync: options.flush === 'sync' },
  )
  if (options.immediate) report(last!, [])
  return stop
}

export function nextTick(callback?: () => void): Promise<void> {
  return Vue.nextTick(callback)
}

export function onMounted(callback: () => void): void {
  onHook('mounted', callback)
}

export function onUnmounted(callback: () => void): void {
  onHook('destroyed', callback)
}

function onHook(name: string, callback: () => void): void {
  const owner = current
  owner?.$on(`hook:${name}`, () => runFor(owner, callback))
}

/** What is made meanwhile belongs to `owner`, and ends with it. */
function runFor(owner: Instance, callback: () => void): void {
  const before = current
  current = owner
  try {
    callback()
  } finally {
    current = before
  }
}

export function getCurrentInstance(): { proxy: Instance; uid: number } | undefined {
  return current && { proxy: current, uid: current._uid }
}

export function onShow(callback: () => void): void {
  const owner = current!
  // Mini-programs and apps call it of each component.
  owner.$on('hook:onPageShow', callback)
  // #ifdef H5
  onMounted(() => onUnmounted(hookPage(owner, 'onShow', callback)))
  // #endif
}

/** True keeps the page. */
export function onBackPress(callback: () => boolean): void {
  const owner = current!
  onMounted(() => onUnmounted(hookPage(owner, 'onBackPress', callback)))
}

interface SetupContext {
  emit: (event: string, ...args: unknown[]) => void
  expose: (exposed?: Record<string, unknown>) => void
}

interface ComposedComponent {
  props?: Record<string, unknown>
  setup: (props: object, context: SetupContext) => Record<string, unknown>
}

/** What the build reads from a component's template: the names in it, and those of its elements' `ref`. */
interface TemplateNames {
  names: string[]
  refs: string[]
}

/** A component with a `setup`, as options of Vue 2: `v-model` binds its `value`. */
export function toOptions({ props = {}, setup }: ComposedComponent, template: TemplateNames): ComponentOptions {
  // A mini-program would hand in an empty one where the page binds none.
  const { modelValue: _, ...own } = props
  return {
    props: own,
    beforeCreate() {
      const { data } = this.$options
      // Called when the properties are there, before anything else of the component is.
      this.$options['data'] = () => {
        runFor(this, () => bind(this, setup, template))
        return typeof data === 'function' ? data.call(this, this) : {}
      }
    },
  }
}

function bind(instance: Instance, setup: ComposedComponent['setup'], { names, refs }: TemplateNames): void {
  const bindings = setup(instance._props, {
    emit(event, ...args) {
      instance.$emit(event, ...args)
      if (event === 'update:modelValue') instance.$emit('input', ...args)
    },
    expose: (exposed) => Object.entries(exposed ?? {}).forEach(([name, value]) => put(instance, name, value)),
  })
  const shown = Object.fromEntries(
    names.filter((name) => name in bindings && !(name in instance._props)).map((name) => [name, bindings[name]]),
  )
  for (const [name, value] of Object.entries(shown)) put(instance, name, value)
  for (const name of refs) {
    Object.defineProperty(bindings[name], 'value', { get: () => instance.$refs[name] ?? null })
  }
  instance.__composition_api_state__ = { rawBindings: shown }
}

function put(instance: Instance, name: string, value: unknown): void {
  const binding = isRef(value)
    ? { get: () => value.value, set: (next: unknown) => (value.value = next) }
    : { value, writable: true }
  Object.defineProperty(instance, name, { ...binding, configurable: true, enumerable: true })
}
