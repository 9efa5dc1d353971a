import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { faultText } from '../../worker/http/fault-text.ts'
import { internalError } from '../../worker/http/plain-response.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { bodyBytes, hasBody } from './answer.ts'
import { declaredBytes, readBody } from './body.ts'
import type { Running } from './deadlines.ts'
import { closeIdleSessions, type Traffic } from './idle-sessions.ts'
import type { Limits } from './limits.ts'
import { leftPeer, peerAddress } from './peer-address.ts'
import type { Protocol, ProtocolParts } from './protocol.ts'
import { readTarget } from './request-target.ts'

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = http2.constants

/** HTTP/2 on node:http2's streams; its request and response objects would add a third to a query's cost. */
export function createH2(parts: ProtocolParts): Protocol {
  // With the address of the peer: a session's socket is a proxy object, which is too slow for each query.
  const sessions = new Map<ServerHttp2Session, Traffic & { readonly peer: string }>()
  let draining = false
  const server = http2.createServer(sessionOptions(parts.limits))
  const stopChecks = closeIdleSessions(sessions, parts.limits.idleMs)
  server.on('session', (session) => {
    sessions.set(session, { peer: peerAddress(session.socket), bytes: 0, quietChecks: 0 })
    session.on('close', () => sessions.delete(session))
    if (draining) session.close()
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const session = stream.session && sessions.get(stream.session as ServerHttp2Session)
    void serve(parts, stream, headers, session?.peer ?? leftPeer)
  })
  return {
    accept: (socket) => void server.emit('connection', socket),
    drain() {
      draining = true
      stopChecks()
      for (const session of sessions.keys()) session.close()
    },
  }
}

function sessionOptions(limits: Limits): http2.ServerOptions {
  return {
    settings: {
      enablePush: false,
      maxConcurrentStreams: limits.maxStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
    maxHeaderListPairs: limits.maxHeaders,
    maxSessionMemory: limits.maxSessionMegabytes,
    maxSettings: limits.maxSettings,
    maxSessionInvalidFrames: limits.maxInvalidFrames,
    maxSessionRejectedStreams: limits.maxRejectedStreams,
    streamResetBurst: limits.maxResetBurst,
    streamResetRate: limits.resetsPerSecond,
    unknownProtocolTimeout: limits.headersMs,
  }
}

async function serve(
  parts: ProtocolParts,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  peer: string,
): Promise<void> {
  const { requests, limits } = parts
  const running = requests.begin(limits.requestMs, () => stream.close(NGHTTP2_CANCEL))
  stream.on('error', ignore)
  stream.on('close', () => requests.end(running))
  const request = readRequest(parts, stream, headers, peer, running)
  const response = await parts.answer(request)
  try {
    send(stream, running, request.method, response)
  } catch (error) {
    parts.log.warn('response cannot be sent', { error: faultText(error) })
    if (!stream.headersSent) send(stream, running, request.method, internalError)
    else stream.close(NGHTTP2_CANCEL)
  }
}

/** A reset by the client is an 'error' event of its stream, and not an error of the server. */
function ignore(): void {}

function readRequest(
  { limits: { bodyMs }, requests }: ProtocolParts,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  peer: string,
  running: Running,
): DohRequest {
  return {
    method: headers[':method'] ?? '',
    ...readTarget(headers[':path'] ?? ''),
    peer,
    transport: 'http2',
    header(name) {
      const value = name === 'host' ? (headers.host ?? headers[':authority']) : headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body(maxBytes) {
      const announced = declaredBytes(headers['content-length'])
      const awaitsLeave = headers.expect !== undefined && !(announced > maxBytes)
      if (awaitsLeave && !stream.destroyed) stream.additionalHeaders({ ':status': 100 })
      return readBody(stream, {
        declaredBytes: announced,
        // nghttp2 resets a stream whose body is not as long as announced (RFC 9113 §8.1.1).
        endsAsDeclared: true,
        maxBytes,
        bodyMs,
        running,
        requests,
      })
    },
  }
}

function send(stream: ServerHttp2Stream, running: Running, method: string, response: DohResponse): void {
  if (stream.destroyed || stream.closed) return
  const { status } = response
  const body = bodyBytes(response)
  // Node copies headers that are an object into another one, which costs more than this list.
  const headers = [':status', String(status)]
  for (const [name, value] of Object.entries(response.headers)) headers.push(name, value)
  if (status !== 204) headers.push('content-length', String(body.length))
  const withBody = body.length > 0 && hasBody(method, status)
  // Node destroys a stream that was read to its end during its last write, and creates an Error with a stack that is
  // never used: a tenth of the cost of a query.
  if (running.isEndUnread) stream.on('finish', finish)
  stream.respond(headers, withBody ? undefined : { endStream: true })
  if (withBody) stream.end(body)
  const isOver = running.isEndUnread || stream.endAfterHeaders || stream.readableEnded
  // RFC 9113 §8.1: a server that has answered may ask the client to stop sending.
  if (!isOver) stream.close(NGHTTP2_NO_ERROR)
}

/** After the last write: destroys a stream that both sides have closed, reads another one to its end. */
function finish(this: ServerHttp2Stream): void {
  if (this.closed) this.destroy()
  else this.resume()
}
