import { TYPE } from '../code.ts'
import { headerBytes } from '../limits.ts'
import { u16 } from '../uint.ts'
import { skipName } from './skip-name.ts'

/** The addresses of an answer: the offset of each one's rdata in the message, and their length in bytes. */
export type AddressRdata = { readonly offsets: readonly number[]; readonly bytes: number }

/**
 * The A or AAAA records in the answer section of a message with a question that writeReply wrote: an answer
 * holds at most one RRset of addresses, after its aliases. Not for messages from elsewhere, since nothing is checked.
 */
export function addressRdata(message: Uint8Array): AddressRdata {
  const offsets: number[] = []
  let bytes = 0
  let at = skipName(message, headerBytes) + 4
  for (let record = u16(message, 6); record > 0; record--) {
    const fixed = skipName(message, at)
    const type = u16(message, fixed)
    const rdata = fixed + 10
    const length = u16(message, fixed + 8)
    at = rdata + length
    if (type !== TYPE.A && type !== TYPE.AAAA) continue
    offsets.push(rdata)
    bytes = length
  }
  return { offsets, bytes }
}
