import { EDE, FLAG, RCODE } from '../dns/code.ts'
import { headerBytes, maxQueryBytes } from '../dns/limits.ts'
import { isRefusal, readQuery } from '../dns/message/read-query.ts'
import type { Reply } from '../dns/message/write-reply.ts'
import { u16 } from '../dns/uint.ts'
import { admitHolder, withinLimit } from './access/admit.ts'
import type { Caller } from './access/caller.ts'
import { isRefused, type Refused } from './access/refused.ts'
import { sourceCaller } from './access/source-caller.ts'
import { answerMessage } from './answer-message.ts'
import type { Edge } from './edge.ts'
import { wholeSeconds } from './http/too-many-requests.ts'
import { networkOf } from './limit/network.ts'
import type { Tasks } from './ports.ts'
import { bareReply } from './query/reply.ts'
import type { Visit } from './query/visit.ts'
import { writeAnswer } from './query/write-answer.ts'
import { type Arrival, reportAnswer } from './report/report-answer.ts'

/** A DNS message that came over a transport other than HTTP. */
export type DnsRequest = {
  /** The message, without the options that belong to the transport: COOKIE, edns-tcp-keepalive, padding. */
  readonly bytes: Uint8Array
  readonly transport: 'udp' | 'tcp' | 'dot'
  /** The source address as text, from the socket. */
  readonly peer: string
  /** The server name that a TLS client sent (SNI, RFC 6066 §3); undefined if it sent none, and without TLS. */
  readonly serverName: string | undefined
  /** The maximum size of the answer (bytes), before the transport adds its options. */
  readonly maxBytes: number
}

/** The answer to a message. Undefined if nothing is sent. */
export type DnsResponse = Uint8Array | undefined

/**
 * Answers a DNS message that came over UDP, TCP or TLS, by the same steps as `exchange` answers a DoH request:
 *
 *     message ─▶ access ─▶ read-query ─▶ zone ─▶ reader ─▶ resolve ─▶ reply ─▶ write-reply
 *
 * Nothing is sent for a message that is a reply or has no header, because its sender may be a server as well. Without a
 * promise for a query whose answer is in the cache. Never rejects because of a client's message.
 */
export function exchangeDns(
  request: DnsRequest,
  edge: Edge,
  tasks: Tasks,
): DnsResponse | Promise<DnsResponse> {
  const { bytes, transport } = request
  if (bytes.length < headerBytes || (u16(bytes, 2) & FLAG.reply) !== 0) return undefined
  const arrival: Arrival = { transport, beganMs: edge.meter.nowMs() }
  const admission = admitMessage(request, edge, tasks)
  return admission instanceof Promise
    ? admission.then((caller) => answerCaller(request, caller, arrival, edge, tasks))
    : answerCaller(request, admission, arrival, edge, tasks)
}

function answerCaller(
  request: DnsRequest,
  caller: Caller | Refused,
  arrival: Arrival,
  edge: Edge,
  tasks: Tasks,
): DnsResponse | Promise<DnsResponse> {
  if (isRefused(caller)) return refusedMessage(caller, request, arrival, edge)
  const visit: Visit = { caller, edge, tasks, size: request.maxBytes }
  const answer = answerMessage(readableBytes(request), visit, arrival)
  if (!(answer instanceof Promise)) return answer.message
  return answer.then((later) =>
    isRefused(later) ? refusedMessage(later, request, arrival, edge) : later.message,
  )
}

/** The message, or the header alone if the message is too long: the header alone is malformed (FORMERR). */
function readableBytes({ bytes }: DnsRequest): Uint8Array {
  return bytes.length > maxQueryBytes ? bytes.subarray(0, headerBytes) : bytes
}

/**
 * Identifies the caller: by the token in the server name of TLS, or else by the source address. A UDP source may be
 * forged, so UDP queries do not count against the limit of a network.
 */
function admitMessage(
  { transport, peer, serverName }: DnsRequest,
  edge: Edge,
  tasks: Tasks,
): Caller | Refused | Promise<Caller | Refused> {
  if (transport === 'udp') return sourceCaller(peer, edge, tasks)
  const network = networkOf(peer)
  const token = tokenOf(serverName, edge.config.dotHost)
  if (token !== undefined) {
    const { admittedByServerName } = edge.access
    return admitHolder(
      admittedByServerName,
      token,
      () => [{ text: token, door: 'dot' }],
      network,
      edge,
      tasks,
    )
  }
  return withinLimit(sourceCaller(peer, edge, tasks), edge.limiter.take('anonymous', network))
}

/**
 * The token of a server name: the label before `dotHost`. Undefined for `dotHost` itself and for other names. Several labels
 * are one malformed token, which takes the time of any other token: with dots, it would be checked as a minted one.
 */
function tokenOf(serverName: string | undefined, dotHost: string | undefined): string | undefined {
  const name = serverName?.toLowerCase()
  if (name === undefined || dotHost === undefined || !name.endsWith(`.${dotHost}`)) return undefined
  return name.slice(0, -dotHost.length - 1).replaceAll('.', '_')
}

/**
 * The message for a refused caller or query, which is reported like an answer. An invalid token, an address outside all
 * networks and a query that needs a token get the same message.
 */
function refusedMessage(refused: Refused, request: DnsRequest, arrival: Arrival, edge: Edge): DnsResponse {
  const bytes = readableBytes(request)
  const read = readQuery(bytes)
  const query = isRefusal(read) ? (read.kind === 'refused' ? read.head : undefined) : read
  const reply = refusedReply(refused)
  if (!query || !reply) return undefined
  const subject = { zone: undefined, type: query.question?.type }
  const answer = writeAnswer({ query, subject, edge, size: request.maxBytes }, reply, undefined)
  reportAnswer(bytes, answer, arrival, { caller: edge.access.anonymous, edge })
  return answer.message
}

function refusedReply(refused: Refused): Reply | undefined {
  switch (refused.refused) {
    case 'token-invalid':
    case 'token-missing':
      return notAllowed
    case 'policy-unavailable':
      return notReadable
    case 'over-limit':
      return tooMany(refused.waitMs)
    case 'unreadable':
      return undefined
  }
}

const notAllowed = bareReply(RCODE.REFUSED, {
  code: EDE.PROHIBITED,
  text: "this needs a source address in the access policy's networks, or over TLS a valid token in the server name",
})

const notReadable = bareReply(RCODE.SERVFAIL, {
  code: EDE.NOT_READY,
  text: 'the access policy cannot be read now; ask again later',
})

function tooMany(waitMs: number): Reply {
  return bareReply(RCODE.REFUSED, {
    code: EDE.PROHIBITED,
    text: `too many queries; ask again in ${wholeSeconds(waitMs)} s`,
  })
}
