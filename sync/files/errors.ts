/** Files of objects that cannot be published. The message says what is wrong, where, and how to mend it. */
export class ObjectsError extends Error {
  override readonly name = 'ObjectsError'
  readonly code = 'OBJECTS_INVALID'
  /** Both are counted from 1, and undefined where the parser gives no place. */
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(message: string, place?: { readonly line: number; readonly column: number }) {
    super(message)
    this.line = place?.line
    this.column = place?.column
  }
}
