import { computed, ref } from 'vue'

import { isFields, stepsTo, valueAt, withoutValue, withValue } from './config-path'

import type { Fields } from './config-path'

export interface SyntaxMistake {
  message: string
  /** from 1; undefined where the browser does not say */
  line?: number
  column?: number
  /** from 0 */
  position?: number
}

/**
 * The configuration being edited. The text is the truth: the form reads what it parses to, and writes it anew at each
 * change, so that both are always in step.
 */
export function useDraft() {
  const text = ref('')
  /** `''` is the root */
  const scene = ref('')

  const parsed = computed(() => parse(text.value))
  const config = computed<Fields | undefined>(() => parsed.value.config)
  const mistake = computed<SyntaxMistake | undefined>(() => parsed.value.mistake)
  const scenes = computed(() => {
    const value = valueAt(config.value, ['scene'])
    return isFields(value) ? Object.keys(value) : []
  })

  function write(changed: Fields): void {
    text.value = `${JSON.stringify(changed, null, 2)}\n`
  }

  return {
    text,
    scene,
    config,
    mistake,
    scenes,
    /** What the root or the scene itself says. */
    own: (path: string) => valueAt(config.value, stepsTo(scene.value, path)),
    /** What a scene would have without a word of its own; undefined at the root. */
    fromRoot: (path: string) => (scene.value === '' ? undefined : valueAt(config.value, stepsTo('', path))),
    set(path: string, value: unknown): void {
      if (config.value) write(withValue(config.value, stepsTo(scene.value, path), value))
    },
    unset(path: string): void {
      // A scene stays, though it may be empty: it was named on purpose.
      if (config.value) write(withoutValue(config.value, stepsTo(scene.value, path), scene.value === '' ? 0 : 2))
    },
    addScene(name: string): void {
      if (!config.value) return
      if (!scenes.value.includes(name)) write(withValue(config.value, ['scene', name], {}))
      scene.value = name
    },
    removeScene(name: string): void {
      if (!config.value) return
      write(withoutValue(config.value, ['scene', name]))
      scene.value = ''
    },
  }
}

export type Draft = ReturnType<typeof useDraft>

function parse(text: string): { config?: Fields; mistake?: SyntaxMistake } {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? { config: value } : { mistake: { message: '', line: 1, column: 1, position: 0 } }
  } catch (error) {
    return { mistake: findPlace(error instanceof Error ? error.message : String(error), text) }
  }
}

/** Browsers say where in words of their own: a position from 0, or a line and a column from 1. */
export function findPlace(message: string, text: string): SyntaxMistake {
  const given = /position (\d+)/.exec(message)?.[1]
  const [, row, column] = /line (\d+) column (\d+)/.exec(message) ?? []
  if (given === undefined && row === undefined) {
    return /end of/i.test(message) ? { message, ...lineAndColumn(text, text.length) } : { message }
  }
  if (given !== undefined) return { message, ...lineAndColumn(text, Number(given)) }
  const before = text.split('\n').slice(0, Number(row) - 1)
  const position = before.reduce((sum, line) => sum + line.length + 1, 0) + Number(column) - 1
  return { message, line: Number(row), column: Number(column), position }
}

function lineAndColumn(text: string, position: number): Required<Omit<SyntaxMistake, 'message'>> {
  const lines = text.slice(0, position).split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, position }
}
