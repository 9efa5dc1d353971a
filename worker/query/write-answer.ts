import type { Head } from '../../dns/message/read-query.ts'
import { writeReply } from '../../dns/message/write-reply.ts'
import { shuffleAddresses } from '../answer/shuffle.ts'
import type { Subject } from '../answer/subject.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import type { View } from '../reader/view.ts'
import { type EdgeReply, maxAgeOf } from './reply.ts'
import type { Visit } from './visit.ts'

/** The snapshot behind a reply, and when its age was judged (Unix ms). */
export type Source = { readonly view: View; readonly nowMs: number }

/**
 * A reply to a query → its message, within the size of the visit. `source` is undefined when no snapshot was needed or
 * available. The answer keeps its time: read again, the clock could show another state than the message.
 */
export function writeAnswer(
  {
    query,
    subject,
    edge,
    size,
  }: Pick<Visit, 'edge' | 'size'> & { readonly query: Head; readonly subject: Subject },
  reply: EdgeReply,
  source: Source | undefined,
): DnsAnswer {
  // Upstream's order of records may be intentional, so only authoritative addresses are shuffled.
  const answers = reply.authoritative ? shuffleAddresses(reply.answers, edge.random) : reply.answers
  return {
    message: writeReply(query, { ...reply, answers }, size),
    rcode: reply.rcode,
    subject,
    maxAge: maxAgeOf(reply),
    root: source?.view.root,
    nowMs: source?.nowMs ?? edge.clock.now(),
  }
}
