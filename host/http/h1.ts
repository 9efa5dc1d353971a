import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { faultText } from '../../worker/http/fault-text.ts'
import { internalError } from '../../worker/http/plain-response.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { bodyBytes, hasBody } from './answer.ts'
import { declaredBytes, readBody } from './body.ts'
import type { Running } from './deadlines.ts'
import { canonicalHeaderName } from './header-name.ts'
import type { Limits } from './limits.ts'
import { leftPeer, peerAddress } from './peer-address.ts'
import type { Protocol, ProtocolParts } from './protocol.ts'
import { readTarget } from './request-target.ts'

/** HTTP/1.1 on node:http, for the clients that need it. */
export function createH1(parts: ProtocolParts): Protocol {
  const sockets = new Map<Duplex, string>()
  const busy = new Set<Duplex>()
  let draining = false
  const server = http.createServer(serverOptions(parts.limits))
  server.maxHeadersCount = parts.limits.maxHeaders
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request
    busy.add(socket)
    response.on('close', () => busy.delete(socket))
    void serve(parts, request, response, {
      peer: sockets.get(socket) ?? leftPeer,
      isDraining: () => draining,
    })
  }
  server.on('request', take)
  // The reader of the body decides whether the client may send it.
  server.on('checkContinue', take)
  // This server gets its sockets from `accept` and never listens; the event starts its timeouts for slow requests.
  server.emit('listening')
  return {
    accept(socket) {
      sockets.set(socket, peerAddress(socket))
      socket.on('close', () => sockets.delete(socket))
      server.emit('connection', socket)
    },
    drain() {
      draining = true
      for (const socket of sockets.keys()) if (!busy.has(socket)) socket.destroy()
      // Stops the timeouts; this server has no listening socket to close.
      server.close(() => {})
    },
  }
}

function serverOptions(limits: Limits): http.ServerOptions {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.headersMs + limits.bodyMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.sweepMs,
  }
}

async function serve(
  parts: ProtocolParts,
  message: IncomingMessage,
  response: ServerResponse,
  { peer, isDraining }: { readonly peer: string; readonly isDraining: () => boolean },
): Promise<void> {
  const { requests, limits } = parts
  const running = requests.begin(limits.requestMs, () => message.socket.destroy())
  response.on('error', ignore)
  response.on('close', () => requests.end(running))
  const answer = await parts.answer(readRequest(parts, message, response, peer, running))
  try {
    send(message, response, answer, isDraining(), parts.limits)
  } catch (error) {
    parts.log.warn('response cannot be sent', { error: faultText(error) })
    if (!response.headersSent) send(message, response, internalError, isDraining(), parts.limits)
    else message.socket.destroy()
  }
}

/** A client that leaves during a write is not an error. */
function ignore(): void {}

function readRequest(
  { limits: { bodyMs }, requests }: ProtocolParts,
  message: IncomingMessage,
  response: ServerResponse,
  peer: string,
  running: Running,
): DohRequest {
  return {
    method: message.method ?? '',
    ...readTarget(message.url ?? ''),
    peer,
    transport: 'http1',
    header(name) {
      const value = message.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    body(maxBytes) {
      const announced = declaredBytes(message.headers['content-length'])
      if (message.headers.expect && !(announced > maxBytes)) response.writeContinue()
      return readBody(message, {
        declaredBytes: announced,
        endsAsDeclared: false,
        maxBytes,
        bodyMs,
        running,
        requests,
      })
    },
  }
}

function send(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body: content }: DohResponse,
  isLast: boolean,
  limits: Limits,
): void {
  if (response.destroyed) return
  const body = bodyBytes({ status, headers, body: content })
  const unread = !message.complete
  const all: http.OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) all[canonicalHeaderName(name)] = value
  if (status !== 204) all['Content-Length'] = body.length
  if (unread || isLast) all.Connection = 'close'
  response.writeHead(status, all)
  const sent = hasBody(message.method ?? '', status) ? body : ''
  if (unread) linger(message, response, sent, limits.lingerMs)
  else response.end(sent)
}

/**
 * Ends a response whose request has not ended. Closing at once would send a TCP reset, and the client may then
 * discard the response unread (RFC 9112 §9.6). The rest of the request is therefore read and discarded for `lingerMs`.
 */
function linger(
  message: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array | string,
  lingerMs: number,
): void {
  if (body.length > 0) response.write(body)
  else response.flushHeaders()
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, lingerMs)
  message.removeAllListeners('data')
  message.on('end', end)
  message.on('close', end)
  message.resume()
}
