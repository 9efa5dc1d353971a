import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Agent, type Dispatcher, request as send } from 'undici'
import type { KeyPair } from '../certificates.ts'

/** A request with its whole body. */
export type Asked = {
  readonly method: string
  /** With the query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The client of a request: how to answer it, or break its connection. */
export type Client = {
  /** Sends a whole response. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void
  /** Sends the head of a response; `write` and `end` follow. */
  begin(status: number, headers: Readonly<Record<string, string>>): void
  write(chunk: Buffer): void
  end(): void
  /** Resets the stream (HTTP/2) or the connection (HTTP/1.1). */
  sever(): void
  /** Aborts when the client has disconnected. */
  readonly gone: AbortSignal
}

export type Upstream = Dispatcher.ResponseData
export type Forward = (headers?: Readonly<Record<string, string>>) => Promise<Upstream>

/** A proxy that terminates TLS and sends its own requests to the server. */
export type TlsProxy = {
  readonly port: number
  /** Sets the protocol of new connections. */
  speak(protocol: 'h2' | 'http/1.1'): void
  close(): Promise<void>
}

export type TlsProxyOptions = {
  /** Its server certificate. */
  readonly identity: KeyPair
  readonly caFile: string
  /** The URL of the server, and the client certificate for it. */
  readonly server: string
  readonly as?: KeyPair | undefined
  /** Handles a request. `forward` sends it to the server, with changed headers if given; it may be called repeatedly. An exception severs the client. */
  readonly handle: (asked: Asked, client: Client, forward: Forward) => Promise<void>
}

/** Headers of a connection, which are not forwarded (RFC 9110 §7.6.1). */
const perConnection = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'host'],
  ...['content-length', 'expect'],
])

/** Starts it on a free port of 127.0.0.1. */
export async function startTlsProxy(options: TlsProxyOptions): Promise<TlsProxy> {
  const { identity, caFile, as, server: upstream } = options
  const read = (file: string): Promise<string> => readFile(file, 'utf8')
  const ca = await read(caFile)
  const own = as ? { cert: await read(as.certFile), key: await read(as.keyFile) } : {}
  // A killed server comes back at the same address, so new connections must not wait long.
  const dispatcher = new Agent({ allowH2: false, connect: { ca, ...own, timeout: 2_000 } })
  let spoken: 'h2' | 'http/1.1' = 'h2'
  const server = createSecureServer(
    {
      allowHTTP1: true,
      cert: await read(identity.certFile),
      key: await read(identity.keyFile),
      ALPNCallback: ({ protocols }) => (protocols.includes(spoken) ? spoken : 'http/1.1'),
    },
    (request, response) => void serve(request, response, { ...options, dispatcher }),
  )
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  server.on('sessionError', () => {}).on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    speak: (protocol) => (spoken = protocol),
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await dispatcher.destroy()
    },
  }

  async function serve(
    request: Http2ServerRequest | IncomingMessage,
    response: Http2ServerResponse | ServerResponse,
    parts: TlsProxyOptions & { readonly dispatcher: Dispatcher },
  ): Promise<void> {
    request.on('error', () => {})
    response.on('error', () => {})
    const client = clientOf(response as ServerResponse & Http2ServerResponse)
    try {
      const asked = await readAsked(request)
      await parts.handle(asked, client, (headers) =>
        send(upstream + asked.path, {
          method: asked.method,
          headers: { ...asked.headers, ...headers },
          ...(asked.body.length > 0 && { body: asked.body }),
          dispatcher: parts.dispatcher,
          bodyTimeout: 0,
        }),
      )
    } catch {
      client.sever()
    }
  }
}

async function readAsked(request: Http2ServerRequest | IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = []
  for await (const chunk of request) parts.push(chunk as Buffer)
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: passedOn(request.headers),
    body: Buffer.concat(parts),
  }
}

/** The headers that are forwarded. */
export function passedOn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !perConnection.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]))
}

function clientOf(response: ServerResponse & Http2ServerResponse): Client {
  const isHttp2 = response.stream !== undefined
  const gone = new AbortController()
  const closed = isHttp2 ? response.stream : response
  closed.once('close', () => gone.abort())
  const isGone = (): boolean => gone.signal.aborted || response.writableEnded
  const client: Client = {
    gone: gone.signal,
    begin: (status, headers) => void (isGone() || response.writeHead(status, { ...headers })),
    write: (chunk) => void (isGone() || response.write(chunk)),
    end: () => void (isGone() || response.end()),
    answer(status, headers, body) {
      client.begin(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) })
      if (!isGone()) response.end(body)
    },
    sever() {
      if (isHttp2) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      else response.socket?.destroy()
    },
  }
  return client
}
