import { putU16 } from '../../dns/uint.ts'

/** A copy of a message with another ID. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = new Uint8Array(message)
  putU16(copy, 0, id)
  return copy
}
