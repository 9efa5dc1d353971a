import { fold, nameFromText } from '../dns/name.ts'

/** A name as text and a type's number → a query in wire form: id 0, RD, class IN, no OPT. Throws RangeError for no name. */
export function wireQuery(name: string, type: number): Uint8Array {
  const header = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  const qname = Array.from(fold(nameFromText(name)), (byte) => byte.charCodeAt(0))
  return new Uint8Array([...header, ...qname, type >> 8, type & 0xff, 0, 1])
}
