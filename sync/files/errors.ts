/** Files of objects that cannot be published. The message names the fault, its place and the remedy. */
export class ObjectsError extends Error {
  override readonly name = 'ObjectsError'
  readonly code = 'OBJECTS_INVALID'
  /** Line and column are counted from 1; undefined if the parser gives no place. */
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(message: string, place?: { readonly line: number; readonly column: number }) {
    super(message)
    this.line = place?.line
    this.column = place?.column
  }
}
