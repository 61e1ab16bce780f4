// The types of what is used of Vue 2, as far as it is used: the project's own types are those of Vue 3.

/** A component's instance. */
export interface Instance {
  $options: Record<string, unknown> & { mpType?: string }
  $parent?: Instance
  $mp?: { mpType?: string }
  $refs: Record<string, unknown>
  $el: unknown
  $on: (event: string, callback: (...args: never[]) => unknown) => void
  $emit: (event: string, ...args: unknown[]) => void
  $watch: (read: () => unknown[], change: (value: unknown[]) => void, options: { sync: boolean }) => () => void
  _uid: number
  _props: object
  _data: { __ob__: { dep: { constructor: unknown } } }
  _computedWatchers: Record<string, object>
  /** of the composition API's plugin, which uni's mini-program runtime knows */
  __composition_api_state__?: { rawBindings: object }
}

export interface ComponentOptions {
  props?: object
  data?: object
  computed?: Record<string, () => unknown>
  beforeCreate?: (this: Instance) => void
}

export interface Vue2 {
  new (options: ComponentOptions): Instance
  observable: <Fields extends object>(fields: Fields) => Fields
  nextTick: (callback?: () => void) => Promise<void>
}

/** A value that is evaluated when it is asked for. */
export interface LazyWatcher {
  dirty: boolean
  value: unknown
  evaluate: () => void
  depend: () => void
}

export type WatcherClass = new (
  owner: Instance,
  read: () => unknown,
  change: () => void,
  options: { lazy: true },
) => LazyWatcher

export interface DependencyClass {
  new (): { depend: () => void; notify: () => void }
  /** what is being evaluated */
  target?: object | null
}
