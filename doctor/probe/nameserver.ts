import { connectError } from '../../client/connect-error.ts'
import { askServer } from '../../client/dns/ask-server.ts'
import type { DnsReply, Failed } from '../ports.ts'
import { replyOf } from './dns-reply.ts'
import { failureOf } from './in-time.ts'

/** What a query to a nameserver uses besides its question. */
export type NameserverOptions = {
  readonly timeoutMs: number
  /** Unix ms. */
  readonly nowMs: () => number
  /** An unpredictable number from 0 to 65535. */
  readonly randomId: () => number
}

/** Asks a nameserver at port 53, over UDP, and over TCP where the answer is truncated. */
export async function askNameserver(
  address: string,
  name: string,
  type: string,
  { timeoutMs, nowMs, randomId }: NameserverOptions,
): Promise<DnsReply | Failed> {
  const host = `${address.includes(':') ? `[${address}]` : address}:53`
  const place = { hostname: address, port: 53, host }
  try {
    const { message } = await askServer({
      ...{ place, name, type, edns: true, transport: 'udp', id: randomId(), timeoutMs, now: nowMs },
    })
    return replyOf(message)
  } catch (error) {
    return failureOf(connectError(error, place))
  }
}
