import { FLAG, OPTION } from '../../../dns/code.ts'
import { headerBytes } from '../../../dns/limits.ts'
import {
  addTransportOptions,
  type TransportQuery,
  takeTransportOptions,
} from '../../../dns/message/transport-options.ts'
import { u16 } from '../../../dns/uint.ts'
import type { DnsResponse } from '../../../worker/dns-exchange.ts'
import { faultText } from '../../../worker/http/fault-text.ts'
import type { Log, Meter, Tasks } from '../../../worker/ports.ts'
import { type Cookies, cookieOptionBytes, type JudgedCookie } from '../cookie/cookie.ts'
import { cookieQueryReply, isCookieQuery } from '../cookie/cookie-query.ts'
import type { DnsHandler } from '../handler.ts'
import type { Source } from './datagrams.ts'
import { createPeers } from './peer.ts'
import { createResponseRate } from './response-rate.ts'
import { truncatedReply } from './truncated-reply.ts'
import { type UdpLimits, udpAnswerBytes } from './udp-limits.ts'
import type { OnDatagram, UdpSocket } from './udp-socket.ts'

/** The parts of a UDP server that answering a datagram needs. */
export type DatagramParts = {
  readonly handler: DnsHandler
  readonly tasks: Tasks
  readonly cookies: Cookies
  readonly limits: UdpLimits
  /** The time (Unix ms). */
  readonly now: () => number
  /** Counts queries above a limit, if there is one. */
  readonly meter?: Meter | undefined
  readonly log: Log
}

/** Answers datagrams, and lets the answers in progress end. */
export type DatagramAnswers = {
  readonly onDatagram: OnDatagram
  /** Takes no further queries. Settles when those it has are answered; never rejects. */
  drain(): Promise<void>
}

/** A query on its way to its answer. */
type Waiting = {
  readonly query: TransportQuery
  readonly cookie: JudgedCookie | undefined
  /** The most bytes of the answer, without the cookie that is added to it. */
  readonly maxBytes: number
  readonly remote: Source
  readonly socket: UdpSocket
}

/**
 * Answers DNS messages in datagrams (RFC 1035 §4.2.1, RFC 6891):
 *
 *     datagram ─▶ transport options ─▶ cookie ─▶ response rate ─▶ handler ─▶ cookie added ─▶ datagram
 *
 * An answer has at most 512 bytes without OPT, and with OPT what the client accepts, up to 1,232. A source that may be
 * forged (a public address without a valid cookie) gets at most `maxAmplification` times its query, at a limited rate.
 * Replies and messages of under 12 bytes get nothing, and neither does a query while `maxWaitingQueries` others wait.
 */
export function createDatagramAnswers(parts: DatagramParts): DatagramAnswers {
  const { handler, tasks, cookies, limits, now, meter, log } = parts
  const peerOf = createPeers()
  const responseRate = createResponseRate(limits.responsesPerSecond)
  let waiting = 0
  let draining: PromiseWithResolvers<void> | undefined

  const onDatagram: OnDatagram = (datagram, remote, socket) => {
    if (draining) return
    if (waiting >= limits.maxWaitingQueries) return meter?.limited('waiting')
    if (datagram.length < headerBytes || (u16(datagram, 2) & FLAG.reply) !== 0) return
    const peer = peerOf(remote.address)
    if (!peer) return
    const nowMs = now()
    const query = takeTransportOptions(datagram)
    const cookie = query.cookie && cookies.judge(query.cookie, peer.bytes, nowMs)
    const isVerified = !peer.isPublic || cookie?.isValid === true
    const verdict = isVerified ? 'answer' : responseRate.judge(peer.network, nowMs)
    if (verdict !== 'answer') meter?.limited('response_rate')
    if (verdict === 'drop') return
    const wholeBytes = udpAnswerBytes(datagram.length, query.udpPayloadBytes, isVerified)
    const maxBytes = cookie ? wholeBytes - cookieOptionBytes : wholeBytes
    const one: Waiting = { query, cookie, maxBytes, remote, socket }
    if (verdict === 'truncate') return send(truncatedReply(query.bytes), one)
    answer(one)
  }

  function answer(one: Waiting): void {
    try {
      const reply = replyTo(one)
      if (!(reply instanceof Promise)) return sendFitting(reply, one)
      waiting++
      void sendLater(reply, one)
    } catch (error) {
      failed(error)
    }
  }

  async function sendLater(reply: Promise<DnsResponse>, one: Waiting): Promise<void> {
    try {
      sendFitting(await reply, one)
    } catch (error) {
      failed(error)
    }
    if (--waiting === 0) draining?.resolve()
  }

  function failed(error: unknown): void {
    log.warn('query failed', { transport: 'udp', error: faultText(error) })
  }

  function replyTo({ query, cookie, maxBytes, remote }: Waiting): DnsResponse | Promise<DnsResponse> {
    const { bytes } = query
    if (cookie && isCookieQuery(bytes)) return cookieQueryReply(bytes)
    const peer = remote.address
    return handler({ bytes, transport: 'udp', peer, serverName: undefined, maxBytes }, tasks)
  }

  return {
    onDatagram,
    drain() {
      draining ??= Promise.withResolvers()
      if (waiting === 0) draining.resolve()
      return draining.promise
    },
  }
}

/** Sends an answer, or a truncated one in the place of an answer that is too large. */
function sendFitting(reply: DnsResponse, one: Waiting): void {
  send(reply && reply.length > one.maxBytes ? truncatedReply(one.query.bytes) : reply, one)
}

function send(reply: DnsResponse, { cookie, remote, socket }: Waiting): void {
  if (!reply) return
  const whole = cookie ? addTransportOptions(reply, [{ code: OPTION.COOKIE, data: cookie.reply }]) : reply
  socket.send(whole, remote.port, remote.address)
}
