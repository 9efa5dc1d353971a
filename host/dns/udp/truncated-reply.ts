import { FLAG, RCODE } from '../../../dns/code.ts'
import { isRefusal, readQuery } from '../../../dns/message/read-query.ts'
import { writeReply } from '../../../dns/message/write-reply.ts'

/**
 * A reply without records and with TC, about as large as the query: its client asks again over TCP (RFC 2181 §9).
 * Undefined for a malformed query.
 */
export function truncatedReply(query: Uint8Array): Uint8Array | undefined {
  const read = readQuery(query)
  if (isRefusal(read)) return undefined
  const sections = { answers: [], authority: [], additional: [] }
  const reply = writeReply(read, { rcode: RCODE.NOERROR, authoritative: false, ...sections })
  reply[2] = (reply[2] ?? 0) | (FLAG.truncated >> 8)
  return reply
}
