import type { Branch, DnsRequest } from '../../worker/embedded.ts'

export type { DnsRequest }

/**
 * The edge: answers a DNS message; undefined when nothing is sent. No promise if everything is in memory. Promises passed to
 * `tasks` may continue after the answer.
 */
export type DnsHandler = Branch['handleDns']
