import { EDE, type ExtendedError, FLAG, RCODE, type Rcode } from '../dns/code.ts'
import { headerBytes } from '../dns/limits.ts'
import { isRefusal, readQuery } from '../dns/message/read-query.ts'
import { u16 } from '../dns/uint.ts'
import { admitHolder } from './access/admit.ts'
import type { Caller } from './access/caller.ts'
import { isRefused, type Refused } from './access/refused.ts'
import { sourceCaller } from './access/source-caller.ts'
import { unreadSubject } from './answer/subject.ts'
import type { Edge } from './edge.ts'
import { networkOf } from './limit/network.ts'
import type { Tasks } from './ports.ts'
import { answerQuery } from './query/answer-query.ts'
import { repeatAnswer } from './query/repeat-answer.ts'
import { bareReply } from './query/reply.ts'
import type { Visit } from './query/visit.ts'
import { writeAnswer } from './query/write-answer.ts'
import { reportAnswer } from './report-answer.ts'

/** A DNS message that came over another transport than HTTP. */
export type DnsRequest = {
  /** The message, without the options that belong to the transport: COOKIE, edns-tcp-keepalive, padding. */
  readonly bytes: Uint8Array
  readonly transport: 'udp' | 'tcp' | 'dot'
  /** The source address as text, from the socket. */
  readonly peer: string
  /** The server name of TLS; undefined without one. */
  readonly serverName: string | undefined
  /** The most bytes of the answer, without what the transport adds. */
  readonly maxBytes: number
}

/** The answer to a message; undefined: nothing is sent. */
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
  const beganMs = edge.meter.nowMs()
  const admission = admitMessage(request, edge, tasks)
  const answer = (caller: Caller | Refused): DnsResponse | Promise<DnsResponse> => {
    if (isRefused(caller)) return refusedMessage(caller, request, beganMs, edge)
    const visit: Visit = { caller, edge, tasks, size: request.maxBytes }
    const repeated = repeatAnswer(bytes, visit)
    if (!repeated) return answerAnew(request, beganMs, visit)
    reportAnswer(bytes, repeated, { transport, beganMs }, visit)
    return repeated.message
  }
  return admission instanceof Promise ? admission.then(answer) : answer(admission)
}

async function answerAnew(request: DnsRequest, beganMs: number, visit: Visit): Promise<DnsResponse> {
  const { bytes, transport } = request
  const answer = await answerQuery(bytes, visit)
  if (isRefused(answer)) return refusedMessage(answer, request, beganMs, visit.edge)
  reportAnswer(bytes, answer, { transport, beganMs }, visit)
  return answer.message
}

/**
 * Decides who sends a message: over TLS the holder of the token in the server name, otherwise the caller with this
 * address. Over UDP a source may be forged, so that its queries do not count against the limit of its network.
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
  const waitMs = edge.limiter.take('anonymous', network)
  if (waitMs instanceof Promise)
    return waitMs.then((ms) => (ms > 0 ? overLimit(ms) : sourceCaller(peer, edge, tasks)))
  return waitMs > 0 ? overLimit(waitMs) : sourceCaller(peer, edge, tasks)
}

function overLimit(waitMs: number): Refused {
  return { refused: 'over-limit', waitMs }
}

/** The token before `dotHost` in a server name. Undefined without one, and for other names. */
function tokenOf(serverName: string | undefined, dotHost: string | undefined): string | undefined {
  const name = serverName?.toLowerCase()
  if (name === undefined || dotHost === undefined || !name.endsWith(`.${dotHost}`)) return undefined
  return name.slice(0, -dotHost.length - 1)
}

/**
 * The message for a refused caller or query. A token that is not valid, an address that is in no network and a query
 * that needs a token have the same one.
 */
function refusedMessage(refused: Refused, request: DnsRequest, beganMs: number, edge: Edge): DnsResponse {
  switch (refused.refused) {
    case 'token-invalid':
    case 'token-missing':
      return shortMessage(RCODE.REFUSED, notAllowed, request, beganMs, edge)
    case 'policy-unavailable':
      return shortMessage(RCODE.SERVFAIL, notReadable, request, beganMs, edge)
    case 'over-limit':
      return shortMessage(RCODE.REFUSED, tooMany(refused.waitMs), request, beganMs, edge)
    case 'unreadable':
      return undefined
  }
}

const notAllowed: ExtendedError = {
  code: EDE.PROHIBITED,
  text: "this needs a source address in the access policy's networks, or over TLS a valid token in the server name",
}
const notReadable: ExtendedError = {
  code: EDE.NOT_READY,
  text: 'the access policy cannot be read now; ask again later',
}

function tooMany(waitMs: number): ExtendedError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
  return { code: EDE.PROHIBITED, text: `too many queries; ask again in ${seconds} s` }
}

function shortMessage(
  rcode: Rcode,
  error: ExtendedError,
  { bytes, transport, maxBytes }: DnsRequest,
  beganMs: number,
  edge: Edge,
): DnsResponse {
  const read = readQuery(bytes)
  if (isRefusal(read) && read.kind === 'unreadable') return undefined
  const query = isRefusal(read) ? read.head : read
  const asked = { query, subject: unreadSubject, edge, size: maxBytes }
  edge.meter.answered(transport, undefined, query.question?.type, rcode, beganMs)
  return writeAnswer(asked, bareReply(rcode, error), undefined).message
}
