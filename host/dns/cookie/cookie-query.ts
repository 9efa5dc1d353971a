import { FLAG, RCODE } from '../../../dns/code.ts'
import { headerBytes } from '../../../dns/limits.ts'
import { writeReply } from '../../../dns/message/write-reply.ts'
import { u16 } from '../../../dns/uint.ts'

/** Whether a query with a valid COOKIE option asks for a cookie alone: opcode 0, no question, no record other than OPT. */
export function isCookieQuery(query: Uint8Array): boolean {
  const isQuery = (u16(query, 2) & 0x7800) === 0
  return isQuery && u16(query, 4) === 0 && u16(query, 6) === 0 && u16(query, 8) === 0 && u16(query, 10) === 1
}

/** The reply to a query for a cookie alone (RFC 7873 §5.4): NOERROR, no question, and OPT, to which the cookie is added. */
export function cookieQueryReply(query: Uint8Array): Uint8Array {
  const flags = u16(query, 2)
  // OPT is the only record: its owner, type and class take five bytes, then come the upper rcode and the version.
  const version = query[headerBytes + 6] ?? 0
  return writeReply(
    {
      id: u16(query, 0),
      opcode: 0,
      recursionDesired: (flags & FLAG.recursionDesired) !== 0,
      checkingDisabled: (flags & FLAG.checkingDisabled) !== 0,
      question: undefined,
      edns: { version: 0, dnssecOk: false, padded: false, subnetHidden: false },
    },
    {
      rcode: version === 0 ? RCODE.NOERROR : RCODE.BADVERS,
      authoritative: false,
      answers: [],
      authority: [],
      additional: [],
    },
  )
}
