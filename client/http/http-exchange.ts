import { once } from 'node:events'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import tls, { type SecureVersion, type TLSSocket } from 'node:tls'
import { defaultAuthorities } from '../authorities.ts'

/** One HTTP request; it gets a new connection. */
export type HttpRequest = {
  /** With its query. */
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  /** PEM text of the authorities to trust; undefined: Node's and the system's. */
  readonly ca?: string | undefined
  /** Accept any certificate. */
  readonly insecure?: boolean | undefined
  /** Protocols to offer by ALPN; HTTP/2 and HTTP/1.1 when unset. */
  readonly protocols?: readonly ('h2' | 'http/1.1')[] | undefined
  /** The only version of TLS to offer. */
  readonly tlsVersion?: SecureVersion | undefined
  /** Ends the exchange, which then rejects. */
  readonly signal: AbortSignal
}

/** A response of any status. */
export type HttpExchange = {
  /** At most 65,536: one more than a DNS message has. */
  readonly bytes: Uint8Array
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly httpVersion: string
}

/** No DNS message is longer than 65,535 bytes, and no text about an error should be. */
const maxBodyBytes = 65_536

/**
 * Sends one request on a new connection: HTTP/2 if ALPN selects it, else HTTP/1.1; plain http is always
 * HTTP/1.1. Throws the system's or TLS's errors.
 */
export async function exchangeHttp(request: HttpRequest): Promise<HttpExchange> {
  if (request.url.protocol === 'http:') return exchangeH1(request, undefined)
  const socket = await connectTls(request)
  try {
    return await (socket.alpnProtocol === 'h2' ? exchangeH2(request, socket) : exchangeH1(request, socket))
  } finally {
    socket.destroy()
  }
}

async function connectTls(request: HttpRequest): Promise<TLSSocket> {
  const { url, ca, signal, tlsVersion, protocols = ['h2', 'http/1.1'] } = request
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port || 443)
  // A server name must not be an address (RFC 6066 §3).
  const names = isIP(host) ? {} : { servername: host }
  // OpenSSL has the versions before 1.2 at its lowest security level only.
  const only = tlsVersion && {
    minVersion: tlsVersion,
    maxVersion: tlsVersion,
    ...(tlsVersion < 'TLSv1.2' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  }
  const socket = tls.connect({
    host,
    port,
    ca: ca ?? defaultAuthorities(),
    ALPNProtocols: [...protocols],
    rejectUnauthorized: !request.insecure,
    ...names,
    ...only,
  })
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

async function exchangeH2(request: HttpRequest, socket: TLSSocket): Promise<HttpExchange> {
  const { url, method, headers, body } = request
  const session = http2.connect(url.origin, { createConnection: () => socket })
  const stream = session.request({ ':method': method, ':path': url.pathname + url.search, ...headers })
  // A connection that fails closes its stream too, but the session gets the error first.
  // A connection that closes without an error ends the stream without a response.
  let hasResponse = false
  const failed = new Promise<never>((_, reject) => {
    session.on('error', reject)
    stream.on('close', () => {
      if (!hasResponse) reject(new Error('the server closed the stream without a response'))
    })
  })
  const answered = async (): Promise<HttpExchange> => {
    stream.end(body)
    const [answer] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status'?: number }]
    hasResponse = true
    return { bytes: await readAll(stream), status: answer[':status'] ?? 0, headers: answer, httpVersion: '2' }
  }
  try {
    return await Promise.race([answered(), failed])
  } finally {
    session.destroy()
  }
}

async function exchangeH1(request: HttpRequest, socket: TLSSocket | undefined): Promise<HttpExchange> {
  const { url, method, headers, body, signal } = request
  const own = socket
    ? { createConnection: () => socket }
    : { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port || 80, agent: false }
  const path = url.pathname + url.search
  const sent = http.request({ ...own, method, path, headers: { host: url.host, ...headers }, signal })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  // A server that refuses a body may close before it has read it all.
  sent.on('error', () => {})
  const bytes = await readAll(answer)
  return { bytes, status: answer.statusCode ?? 0, headers: answer.headers, httpVersion: answer.httpVersion }
}

/** A body, cut at the limit. */
async function readAll(source: Readable): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of source as AsyncIterable<Buffer>) {
    length += piece.length
    pieces.push(piece)
    if (length >= maxBodyBytes) break
  }
  return Buffer.concat(pieces).subarray(0, maxBodyBytes)
}
