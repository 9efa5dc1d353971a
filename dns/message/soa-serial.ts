import { TYPE } from '../code.ts'
import { headerBytes } from '../limits.ts'
import { u16 } from '../uint.ts'
import { skipName } from './skip-name.ts'

/** The bytes of SOA rdata from the serial on: five numbers of 32 bits (RFC 1035 §3.3.13). */
const numberBytes = 20

/**
 * The offset of the serial of the first SOA record in the answer or authority section; undefined if there is none. For a
 * message with a question that writeReply wrote. Not for messages from elsewhere, since nothing is checked.
 */
export function soaSerialAt(message: Uint8Array): number | undefined {
  let at = skipName(message, headerBytes) + 4
  for (let record = u16(message, 6) + u16(message, 8); record > 0; record--) {
    const fixed = skipName(message, at)
    const end = fixed + 10 + u16(message, fixed + 8)
    if (u16(message, fixed) === TYPE.SOA) return end - numberBytes
    at = end
  }
  return undefined
}

/** A copy of a message with another serial at an offset from soaSerialAt. */
export function withSerial(message: Uint8Array, at: number, serial: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(message)
  new DataView(copy.buffer).setUint32(at, serial)
  return copy
}
