import type { Head } from '../../dns/message/read-query.ts'
import { writeReply } from '../../dns/message/write-reply.ts'
import { shuffleAddresses } from '../answer/shuffle.ts'
import type { Subject } from '../answer/subject.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import type { View } from '../reader/view.ts'
import { type EdgeReply, maxAgeOf } from './reply.ts'
import type { Visit } from './visit.ts'

/**
 * A reply to a query → its message, within the size of the visit. `view` is the snapshot behind it; undefined when none was
 * needed or available.
 */
export function writeAnswer(
  {
    query,
    subject,
    edge,
    size,
  }: Pick<Visit, 'edge' | 'size'> & { readonly query: Head; readonly subject: Subject },
  reply: EdgeReply,
  view: View | undefined,
): DnsAnswer {
  // Upstream's order of records may be intentional, so only authoritative addresses are shuffled.
  const answers = reply.authoritative ? shuffleAddresses(reply.answers, edge.random) : reply.answers
  return {
    message: writeReply(query, { ...reply, answers }, size),
    rcode: reply.rcode,
    subject,
    maxAge: maxAgeOf(reply),
    root: view?.root,
    nowMs: edge.clock.now(),
  }
}
