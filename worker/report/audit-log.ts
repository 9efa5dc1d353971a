import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { nameToText } from '../../dns/name.ts'
import { rcodeText, typeText } from '../../dns/text/mnemonic.ts'
import type { Caller } from '../access/caller.ts'
import type { Edge } from '../edge.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import type { Transport } from '../ports.ts'

/**
 * Logs a DNS answer, if the configuration's `audit` asks for a sample that includes it: the names that the policies give to
 * the caller's tokens (none without a token), the cluster of the snapshot behind the answer, the zone (subject.ts), type,
 * rcode, transport and time (ms); the name that was asked only if `audit.names` is true. Never a token, and never an
 * address. `query` has the bytes of the query.
 */
export function auditAnswer(
  query: Uint8Array,
  { rcode, subject, root }: DnsAnswer,
  { transport, ms }: { readonly transport: Transport; readonly ms: number },
  caller: Caller,
  edge: Edge,
): void {
  const { sample, names } = edge.config.audit
  if (edge.random() >= sample) return
  edge.log.info('audit', {
    tokens: caller.tokenNames,
    cluster: root?.cluster ?? null,
    zone: subject.zone === undefined ? null : nameToText(subject.zone),
    type: subject.type === undefined ? null : typeText(subject.type),
    rcode: rcodeText(rcode),
    transport,
    ms: Math.round(ms * 1000) / 1000,
    ...(names && { name: nameOf(query) }),
  })
}

function nameOf(bytes: Uint8Array): string | null {
  const query = readQuery(bytes)
  return isRefusal(query) ? null : nameToText(query.name)
}
