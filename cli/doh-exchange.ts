import { once } from 'node:events'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import tls, { type TLSSocket } from 'node:tls'
import { QueryError } from './query-error.ts'

/** One HTTP request of RFC 8484. */
export type DohRequestParts = {
  readonly url: URL
  readonly message: Uint8Array
  readonly method: 'GET' | 'POST'
  /** PEM text of the authorities to trust; undefined: Node's and the system's. */
  readonly ca: string | undefined
  /** Ends the exchange, which then rejects with whatever came of it. */
  readonly signal: AbortSignal
}

/** What came back, whatever its status. */
export type DohExchange = {
  readonly bytes: Uint8Array
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly httpVersion: string
}

/** No DNS message is longer than 65,535 bytes, and no text about an error should be. */
const maxBodyBytes = 65_535

/**
 * Sends one request on a connection of its own: HTTP/2 where TLS agrees on it, else HTTP/1.1; plain http is
 * HTTP/1.1. Throws the system's or TLS's errors, and QueryError ANSWER_INVALID for a body that is too long.
 */
export async function exchangeDoh(parts: DohRequestParts): Promise<DohExchange> {
  if (parts.url.protocol === 'http:') return exchangeH1(parts, undefined)
  const socket = await connectTls(parts)
  try {
    return await (socket.alpnProtocol === 'h2' ? exchangeH2(parts, socket) : exchangeH1(parts, socket))
  } finally {
    socket.destroy()
  }
}

async function connectTls({ url, ca, signal }: DohRequestParts): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const trusted = ca ?? [...tls.getCACertificates('default'), ...tls.getCACertificates('system')]
  const port = Number(url.port || 443)
  const ALPNProtocols = ['h2', 'http/1.1']
  // A server name must not be an address (RFC 6066 §3).
  const names = isIP(host) ? {} : { servername: host }
  const socket = tls.connect({ host, port, ca: trusted, ALPNProtocols, ...names })
  const onAbort = (): void => void socket.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    await once(socket, 'secureConnect')
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function requestOf({ url, message, method }: DohRequestParts): {
  path: string
  headers: Record<string, string>
} {
  const accept = { accept: 'application/dns-message' }
  if (method === 'POST') {
    const headers = { 'content-type': 'application/dns-message', 'content-length': String(message.length) }
    return { path: url.pathname + url.search, headers: { ...accept, ...headers } }
  }
  const dns = `dns=${Buffer.from(message).toString('base64url')}`
  return { path: `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${dns}`, headers: accept }
}

async function exchangeH2(parts: DohRequestParts, socket: TLSSocket): Promise<DohExchange> {
  const { path, headers } = requestOf(parts)
  const session = http2.connect(parts.url.origin, { createConnection: () => socket })
  const stream = session.request({ ':method': parts.method, ':path': path, ...headers })
  // A connection that fails takes its stream with it, but its error is told to the session first.
  const failed = new Promise<never>((_, reject) => session.on('error', reject))
  const answered = async (): Promise<DohExchange> => {
    stream.end(parts.method === 'POST' ? parts.message : undefined)
    const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status'?: number }]
    return { bytes: await readAll(stream), status: answer[':status'] ?? 0, headers: answer, httpVersion: '2' }
  }
  try {
    return await Promise.race([answered(), failed])
  } finally {
    session.destroy()
  }
}

async function exchangeH1(parts: DohRequestParts, socket: TLSSocket | undefined): Promise<DohExchange> {
  const { path, headers } = requestOf(parts)
  const { url, method, signal } = parts
  const own = socket
    ? { createConnection: () => socket }
    : { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port || 80, agent: false }
  const request = http.request({ ...own, method, path, headers: { host: url.host, ...headers }, signal })
  request.end(method === 'POST' ? parts.message : undefined)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const bytes = await readAll(answer)
  return { bytes, status: answer.statusCode ?? 0, headers: answer.headers, httpVersion: answer.httpVersion }
}

async function readAll(source: Readable): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of source as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > maxBodyBytes)
      throw new QueryError('ANSWER_INVALID', `the answer has more than ${maxBodyBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
