import { lookup as systemLookup } from 'node:dns/promises'
import type { Lookup } from '../ports.ts'
import { failureOf, inTime } from './in-time.ts'

/** A look-up by getaddrinfo, as programs do it → the addresses of both families. It cannot be cancelled, only left alone. */
export async function lookUp(host: string, timeoutMs: number): Promise<Lookup> {
  try {
    const found = await inTime(systemLookup(host, { all: true }), timeoutMs)
    if (found === undefined) return { failed: 'TIMEOUT', reason: `no answer within ${timeoutMs} ms` }
    return { addresses: found.map(({ address }) => address) }
  } catch (error) {
    const { failed, reason } = failureOf(error)
    return { failed, reason: reasons[failed] ?? reason }
  }
}

/** Codes of getaddrinfo, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name does not exist, or has no address',
  EAI_AGAIN: 'the nameserver does not answer, or answers with an error such as SERVFAIL',
}
