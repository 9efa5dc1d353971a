import { isRefusal, readQuery } from '../dns/message/read-query.ts'
import { nameToText } from '../dns/name.ts'
import { rcodeText, typeText } from '../dns/text/mnemonic.ts'
import type { Caller } from './access/caller.ts'
import type { Edge } from './edge.ts'
import type { DnsAnswer } from './http/dns-response.ts'

/** The bits of a header's fourth byte that are the rcode (RFC 1035 §4.1.1). */
const rcodeMask = 15

/**
 * Logs a DNS answer, if the configuration's `audit` asks for a sample that includes it: the names that the policies give to
 * the caller's tokens (none without a token), the cluster of the snapshot behind the answer, type and rcode; the name that
 * was asked only if `audit.names` is true. Never a token, and never an address. `query` has the bytes of the query.
 */
export function auditAnswer(
  query: Uint8Array,
  { message, root }: DnsAnswer,
  caller: Caller,
  edge: Edge,
): void {
  const { sample, names } = edge.config.audit
  if (sample === 0 || edge.random() >= sample) return
  const read = readQuery(query)
  const question = isRefusal(read) ? undefined : read
  edge.log.info('audit', {
    tokens: caller.tokenNames,
    cluster: root?.cluster ?? null,
    type: question ? typeText(question.question.type) : null,
    rcode: rcodeText((message[3] ?? 0) & rcodeMask),
    ...(names && { name: question ? nameToText(question.name) : null }),
  })
}
