import { CLASS, FLAG } from '../code.ts'
import type { Name } from '../name.ts'
import { startMessage } from '../writer.ts'
import { writeQueryOpt } from './edns.ts'

/** The parts of a query other than its question. */
export type QueryFlags = {
  /** CD (RFC 4035 §3.2.2); false when unset. */
  readonly checkingDisabled?: boolean
  /** The OPT record: DO, and padding to whole blocks; the query has no OPT when unset. */
  readonly edns?: { readonly dnssecOk?: boolean; readonly padded?: boolean } | undefined
}

/**
 * An absolute name and a type → a query in wire form with one question in class IN, RD set, and id 0, so that
 * caches can share its answer (RFC 8484 §4.1). It has no records other than OPT and no options other than
 * padding, so it does not identify the client. Throws RangeError when the name is not absolute.
 */
export function writeQuery(
  name: Name,
  type: number,
  { checkingDisabled, edns }: QueryFlags = {},
): Uint8Array {
  const writer = startMessage()
  writer.u16(0)
  writer.u16(FLAG.recursionDesired | (checkingDisabled ? FLAG.checkingDisabled : 0))
  for (const count of [1, 0, 0, edns ? 1 : 0]) writer.u16(count)
  writer.plainName(name)
  writer.u16(type)
  writer.u16(CLASS.IN)
  if (edns) writeQueryOpt(writer, edns)
  return writer.finish()
}
