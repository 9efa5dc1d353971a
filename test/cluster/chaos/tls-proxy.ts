import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Agent, type Dispatcher, request as send } from 'undici'
import type { KeyPair } from '../certificates.ts'

/** A request that came in, read to its end. */
export type Asked = {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Who asked, and what may be done to him. */
export type Client = {
  /** A whole answer. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void
  /** An answer's head; `write` and `end` follow. */
  begin(status: number, headers: Readonly<Record<string, string>>): void
  write(chunk: Buffer): void
  end(): void
  /** Breaks off: the stream over HTTP/2, the connection over HTTP/1.1. */
  sever(): void
  /** Aborted when the client can be told nothing more. */
  readonly gone: AbortSignal
}

export type Upstream = Dispatcher.ResponseData
export type Forward = (headers?: Readonly<Record<string, string>>) => Promise<Upstream>

/** A proxy that ends TLS, and asks the server behind it itself. */
export type TlsProxy = {
  readonly port: number
  /** Which protocol new connections speak. */
  speak(protocol: 'h2' | 'http/1.1'): void
  close(): Promise<void>
}

export type TlsProxyOptions = {
  /** What it shows to clients. */
  readonly identity: KeyPair
  readonly caFile: string
  /** The server behind it, and who it is for that server. */
  readonly server: string
  readonly as?: KeyPair | undefined
  /** What becomes of a request. `forward` sends it on, with other headers where given; may be called again. A throw severs the client. */
  readonly handle: (asked: Asked, client: Client, forward: Forward) => Promise<void>
}

/** Headers of one connection, which are no part of what is passed on (RFC 9110 §7.6.1). */
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
  // A server that was killed is back at the same place: connections to it are made anew, and none waits long.
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

/** Headers that go on to the other side. */
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
