import { parseAddress } from '../../../dns/address.ts'
import { OPTION } from '../../../dns/code.ts'
import { maxMessageBytes } from '../../../dns/limits.ts'
import {
  addTransportOptions,
  type EdnsOption,
  optionBytes,
  takeTransportOptions,
} from '../../../dns/message/transport-options.ts'
import { withoutZone } from '../../../worker/limit/network.ts'
import type { Tasks } from '../../../worker/ports.ts'
import type { Cookies } from '../cookie/cookie.ts'
import { cookieQueryReply, isCookieQuery } from '../cookie/cookie-query.ts'
import type { DnsHandler, DnsRequest } from '../handler.ts'

/** The facts of a connection that each of its queries has. */
export type Caller = Pick<DnsRequest, 'peer' | 'serverName'> & { readonly transport: 'tcp' | 'dot' }

/** A query of a connection → its answer; undefined when nothing is sent. Rejects only if the handler does. */
export type MessageAnswers = (
  message: Uint8Array,
  caller: Caller,
  isClosing: boolean,
) => Promise<Uint8Array | undefined>

/** The parts that answering a message needs. */
export type MessageParts = {
  readonly handler: DnsHandler
  readonly tasks: Tasks
  /** Without it, DNS cookies are ignored. */
  readonly cookies?: Cookies | undefined
  /** The idle time that clients are told (ms). */
  readonly idleMs: number
  /** The time (Unix ms), for cookies. */
  readonly now: () => number
}

/**
 * Answers DNS messages of TCP and TLS connections:
 *
 *     message ─▶ transport options ─▶ handler ─▶ cookie, keepalive and padding added ─▶ message
 *
 * A client that sends a cookie gets a server cookie, which it can then use over UDP (RFC 7873 §5.2). One that asks for
 * edns-tcp-keepalive is told `idleMs`; while the server closes, every client with EDNS is told 0, so that it closes its
 * connection (RFC 7828 §3.3.2, §3.4). Over TLS an answer is padded if the query was (RFC 7830 §4).
 */
export function createMessageAnswers(parts: MessageParts): MessageAnswers {
  const { handler, tasks, cookies, now } = parts
  const whileOpen = keepalive(parts.idleMs)
  const atTheEnd = keepalive(0)
  return async (message, caller, isClosing) => {
    const { bytes, cookie, hasKeepalive, isPadded } = takeTransportOptions(message)
    const address = cookie && cookies && parseAddress(withoutZone(caller.peer))
    const options: EdnsOption[] = []
    if (address) options.push({ code: OPTION.COOKIE, data: cookies.judge(cookie, address, now()).reply })
    if (isClosing) options.push(atTheEnd)
    else if (hasKeepalive) options.push(whileOpen)
    const maxBytes = options.reduce((left, option) => left - optionBytes(option), maxMessageBytes)
    const reply =
      address && isCookieQuery(bytes)
        ? cookieQueryReply(bytes)
        : await handler({ ...caller, bytes, maxBytes }, tasks)
    return reply && addTransportOptions(reply, options, { padded: isPadded && caller.transport === 'dot' })
  }
}

/** The option with a timeout, which has units of 100 ms (RFC 7828 §3.1). */
function keepalive(timeoutMs: number): EdnsOption {
  const units = Math.min(Math.floor(timeoutMs / 100), 0xffff)
  return { code: OPTION.TCP_KEEPALIVE, data: Uint8Array.of(units >> 8, units) }
}
