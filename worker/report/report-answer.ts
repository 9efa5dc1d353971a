import type { DnsAnswer } from '../http/dns-response.ts'
import type { Transport } from '../ports.ts'
import type { Visit } from '../query/visit.ts'
import { auditAnswer } from './audit-log.ts'

/** How a query arrived, and when (by the meter's clock, ms). */
export type Arrival = { readonly transport: Transport; readonly beganMs: number }

/** Reports an answer to the meter and the audit log. Every transport calls this once for each DNS answer. */
export function reportAnswer(
  query: Uint8Array,
  answer: DnsAnswer,
  { transport, beganMs }: Arrival,
  { caller, edge }: Pick<Visit, 'caller' | 'edge'>,
): void {
  const { meter, config } = edge
  const { zone, type } = answer.subject
  meter.answered(transport, zone, type, answer.rcode, beganMs)
  if (config.audit.sample === 0) return
  auditAnswer(query, answer, { transport, ms: meter.nowMs() - beganMs }, caller, edge)
}
