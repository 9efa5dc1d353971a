import type { ExtendedError, Rcode } from '../dns/code.ts'
import type { Head } from '../dns/message/read-query.ts'
import { writeReply } from '../dns/message/write-reply.ts'

/** A reply without records to a query, with an extended error for clients with EDNS. */
export function bareReply(
  head: Head,
  rcode: Rcode,
  error: ExtendedError | undefined,
  maxBytes: number,
): Uint8Array {
  const sections = { answers: [], authority: [], additional: [] }
  return writeReply(head, { rcode, authoritative: false, ...sections, error }, maxBytes)
}
