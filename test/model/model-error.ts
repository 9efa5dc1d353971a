/** The rules of the model, by their violations. */
export type Wrong =
  /** An answer that differs from its generation. */
  | 'answer'
  /** An answer with a generation that the register never accepted. */
  | 'unaccepted'
  /** NXDOMAIN for a name that exists in every state. */
  | 'nxdomain'
  /** An isolate, or one of its names, went back to an older generation. */
  | 'backwards'
  /** An answer with data that is too old for it. */
  | 'age'
  /** A query took too long, or failed although an answer was possible. */
  | 'liveness'
  /** The store lost a used blob, or keeps unused ones. */
  | 'store'
  /** An unexpected exception. */
  | 'broken'

/** A broken rule of the model. A run ends at the first one. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly wrong: Wrong

  constructor(wrong: Wrong, message: string) {
    super(`${wrong}: ${message}`)
    this.wrong = wrong
  }
}
