/**
 * Operators are instances of these two classes and nothing else. The mark is a private field, so no object that
 * arrives as JSON, whatever its keys, can pass for one.
 */
export abstract class Command {
  readonly #mark = true

  static is(value: unknown): value is Command {
    return typeof value === 'object' && value !== null && #mark in value && value.#mark
  }
}

export function isCommand(value: unknown): value is Command {
  return Command.is(value)
}
