import { OPTION } from '../../dns/code.ts'
import { maxMessageBytes } from '../../dns/limits.ts'
import {
  addTransportOptions,
  type EdnsOption,
  optionBytes,
  takeTransportOptions,
} from '../../dns/message/transport-options.ts'
import type { DnsRequest } from '../../worker/dns-exchange.ts'
import type { Tasks } from '../../worker/ports.ts'
import type { DnsHandler } from './handler.ts'

/** The facts of a connection that each of its queries has. */
export type Caller = Pick<DnsRequest, 'peer' | 'serverName'> & { readonly transport: 'tcp' | 'dot' }

/** A query of a connection → its answer; undefined when nothing is sent. Rejects only if the handler does. */
export type MessageAnswers = (
  message: Uint8Array,
  caller: Caller,
  isClosing: boolean,
) => Promise<Uint8Array | undefined>

/**
 * Answers DNS messages of TCP and TLS connections:
 *
 *     message ─▶ transport options ─▶ handler ─▶ keepalive and padding added ─▶ message
 *
 * A client that asks for edns-tcp-keepalive is told `idleMs`; while the server closes, every client with EDNS is told 0,
 * so that it closes its connection (RFC 7828 §3.3.2, §3.4). Over TLS an answer is padded if the query was (RFC 7830 §4).
 */
export function createMessageAnswers(handler: DnsHandler, tasks: Tasks, idleMs: number): MessageAnswers {
  const whileOpen = keepalive(idleMs)
  const atTheEnd = keepalive(0)
  return async (message, caller, isClosing) => {
    const { bytes, hasKeepalive, isPadded } = takeTransportOptions(message)
    const options = isClosing ? [atTheEnd] : hasKeepalive ? [whileOpen] : []
    const maxBytes = options.reduce((left, option) => left - optionBytes(option), maxMessageBytes)
    const reply = await handler({ ...caller, bytes, maxBytes }, tasks)
    return reply && addTransportOptions(reply, options, { padded: isPadded && caller.transport === 'dot' })
  }
}

/** The option with a timeout, which has units of 100 ms (RFC 7828 §3.1). */
function keepalive(timeoutMs: number): EdnsOption {
  const units = Math.min(Math.floor(timeoutMs / 100), 0xffff)
  return { code: OPTION.TCP_KEEPALIVE, data: Uint8Array.of(units >> 8, units) }
}
