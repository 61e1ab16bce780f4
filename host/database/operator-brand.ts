/**
 * Operators are instances of classes below this one and nothing else. The mark is a private field, so no object that
 * arrives as JSON, whatever its keys, can pass for one.
 */
export abstract class Command {
  readonly #mark = true

  static is(value: unknown): value is Command {
    return typeof value === 'object' && value !== null && #mark in value && value.#mark
  }
}

/** `command.expr(…)`: a condition of match() that compares fields with each other, or with variables of lookup(). */
export class ExpressionCommand extends Command {
  constructor(readonly expression: unknown) {
    super()
  }
}

export function isCommand(value: unknown): value is Command {
  return Command.is(value)
}
