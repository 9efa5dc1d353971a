import { askStream } from '../../client/dns/ask-stream.ts'
import { askUdp } from '../../client/dns/ask-udp.ts'
import { createAnswerReader } from '../../client/dns/read-answer.ts'
import { FLAG } from '../../dns/code.ts'
import { udpPayloadBytes } from '../../dns/limits.ts'
import type { Message } from '../../dns/message/read-message.ts'
import { withUdpPayload } from '../../dns/message/transport-options.ts'
import { type Resolver, resolverText } from './resolver.ts'
import { withId } from './with-id.ts'

/** A query to send to a resolver. */
export type Asked = {
  /** A checked query in wire form. Its ID is replaced. */
  readonly message: Uint8Array
  /** The transport of the client: a client of TCP gets an answer that came over TCP. */
  readonly transport: 'udp' | 'tcp'
  /** A new ID for each query: 0 to 65535, unpredictable (RFC 5452 §4.5). */
  readonly randomId: () => number
  /** The time after which a datagram is sent again (ms). */
  readonly resendMs: number
  /** The time for an answer over TCP after a truncated one (ms). */
  readonly tcpMs: number
  readonly signal: AbortSignal
}

/**
 * Asks one resolver from a new port with a new ID, and accepts only an answer from its address with that ID and the same
 * question (RFC 5452 §9). A truncated answer is asked for again over TCP; where that fails, the truncated answer counts.
 * Rejects with the signal's reason, the system's error, or QueryError.
 */
export async function askResolver(resolver: Resolver, asked: Asked): Promise<Message> {
  if (asked.transport === 'tcp') return overTcp(resolver, asked)
  const truncated = await overUdp(resolver, asked)
  if ((truncated.flags & FLAG.truncated) === 0) return truncated
  try {
    const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(asked.tcpMs)])
    return await overTcp(resolver, { ...asked, signal })
  } catch {
    return truncated
  }
}

function overUdp(resolver: Resolver, { message, randomId, resendMs, signal }: Asked): Promise<Message> {
  const query = withUdpPayload(withId(message, randomId()), udpPayloadBytes)
  return askUdp({
    ...resolver,
    query,
    reader: createAnswerReader(query, resolverText(resolver)),
    resendMs,
    signal,
  })
}

function overTcp(resolver: Resolver, { message, randomId, signal }: Asked): Promise<Message> {
  const query = withId(message, randomId())
  return askStream({ ...resolver, query, reader: createAnswerReader(query, resolverText(resolver)), signal })
}
