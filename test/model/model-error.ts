/** What must never happen, in one word each. */
export type Wrong =
  /** An answer that its generation does not give. */
  | 'answer'
  /** A generation that the register never accepted. */
  | 'unaccepted'
  /** NXDOMAIN for a name that always existed. */
  | 'nxdomain'
  /** An isolate, or one of its names, went back in time. */
  | 'backwards'
  /** Data was answered from that is too old for it. */
  | 'age'
  /** A query took too long, or nothing was answered where it could have been. */
  | 'liveness'
  /** The store lost what is in use, or keeps what is not. */
  | 'store'
  /** Something broke that no input may break. */
  | 'broken'

/** A rule of the model was broken; the run ends at the first. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly wrong: Wrong

  constructor(wrong: Wrong, message: string) {
    super(`${wrong}: ${message}`)
    this.wrong = wrong
  }
}
