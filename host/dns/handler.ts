import type { DnsRequest, DnsResponse } from '../../worker/dns-exchange.ts'
import type { Tasks } from '../../worker/ports.ts'

/**
 * The edge: answers a DNS message; undefined when nothing is sent. No promise if everything is in memory. Promises passed to
 * `tasks` may continue after the answer.
 */
export type DnsHandler = (request: DnsRequest, tasks: Tasks) => DnsResponse | Promise<DnsResponse>
