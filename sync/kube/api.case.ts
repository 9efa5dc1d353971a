import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

export type Verb = 'list' | 'watch' | 'create'

/** A response that a test writes, and its connection. */
export type Answer = {
  /** Sends the head at once. */
  head(status: number, headers?: Record<string, string>): void
  write(text: string): void
  /** Ends the response cleanly. */
  end(body?: string | Uint8Array): void
  /** Closes the connection: FIN, or with `reset` RST. */
  destroy(how?: 'reset'): void
  /** Closes this side of the connection and continues to receive. */
  halfClose(): void
  /** Resolves when either side has ended the response. */
  readonly closed: Promise<void>
}

/** A Kubernetes API for tests: it serves given pages and watches, and records requests. */
export type TestApi = {
  readonly port: number
  /** The text of a kubeconfig for this API. */
  readonly kubeconfig: string
  readonly requests: URL[]
  /** The Authorization header of each request, '' where absent. */
  readonly authorizations: string[]
  /** The headers of each request. */
  readonly headers: IncomingMessage['headers'][]
  /** Responses to the next lists, one per request; the last one repeats. */
  readonly pages: object[]
  /** Objects that were sent with POST, and their paths. */
  readonly created: { readonly path: string; readonly object: Record<string, unknown> }[]
  /** Open watches; tests write events to them, or end or destroy them. */
  readonly watches: Answer[]
  /** Statuses for the next requests of a verb, each with a Status object; they come before all other responses. */
  readonly refusals: {
    readonly verb: Verb
    readonly status: number
    readonly retryAfter?: string
  }[]
  /** Replaces the responses to the next requests of a verb, one per request. */
  readonly faults: { readonly verb: Verb; readonly answer: (answer: Answer) => void | Promise<void> }[]
  /** Whether an Authorization header is accepted; otherwise the response is HTTP 401. */
  admits: (authorization: string) => boolean
  /** The number of connections so far. */
  connections(): number
  /** Resolves with the n-th watch that is opened, from 0. */
  watch(n: number): Promise<Answer>
  send(watch: Answer, type: string, object: object): void
  close(): Promise<void>
}

/** The certificate to use TLS with; the API then speaks HTTP/2 to clients that support it. */
export type TestTls = { readonly certPem: string; readonly keyPem: string; readonly caPem: string }

/** Starts an API, which treats all paths alike. Without TLS it speaks HTTP/1.1. */
export async function startTestApi(tls?: TestTls): Promise<TestApi> {
  const opened = new Map<number, PromiseWithResolvers<Answer>>()
  const nth = (n: number): PromiseWithResolvers<Answer> => {
    const known = opened.get(n) ?? Promise.withResolvers<Answer>()
    opened.set(n, known)
    return known
  }
  const create = async (request: IncomingMessage, answer: Answer, path: string): Promise<void> => {
    const text = Buffer.concat(await request.toArray()).toString()
    api.created.push({ path, object: JSON.parse(text) as Record<string, unknown> })
    answer.head(201)
    answer.end(text)
  }
  const sockets = new Map<number, Socket>()
  let connections = 0
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://api')
    const authorization = request.headers.authorization ?? ''
    api.requests.push(url)
    api.authorizations.push(authorization)
    api.headers.push(request.headers)
    const answer = answerOf(response, sockets.get(request.socket.remotePort ?? 0))
    const verb: Verb = request.method === 'POST' ? 'create' : url.searchParams.has('watch') ? 'watch' : 'list'
    if (!api.admits(authorization)) return refuse(answer, { status: 401 })
    if (api.refusals[0]?.verb === verb) return refuse(answer, api.refusals.shift())
    if (api.faults[0]?.verb === verb) return void api.faults.shift()?.answer(answer)
    if (verb === 'create') return void create(request, answer, url.pathname)
    if (verb === 'list') {
      const page = api.pages.length > 1 ? api.pages.shift() : api.pages[0]
      return answer.end(JSON.stringify(page))
    }
    answer.head(200)
    nth(api.watches.push(answer) - 1).resolve(answer)
  }
  // The HTTP/1.1 and HTTP/2 types share all members that are used here.
  const serveBoth = serve as unknown as Parameters<typeof createSecureServer>[1]
  const server = tls
    ? createSecureServer({ cert: tls.certPem, key: tls.keyPem, allowHTTP1: true }, serveBoth)
    : createServer(serve)
  server.on('connection', (socket: Socket) => {
    connections++
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    socket.once('close', () => sockets.delete(port))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const api: TestApi = {
    port,
    kubeconfig: kubeconfigFor(port, tls),
    requests: [],
    authorizations: [],
    headers: [],
    created: [],
    pages: [{ metadata: { resourceVersion: '1' }, items: [] }],
    watches: [],
    refusals: [],
    faults: [],
    admits: () => true,
    connections: () => connections,
    watch: (n) => nth(n).promise,
    send: (watch, type, object) => watch.write(`${JSON.stringify({ type, object })}\n`),
    close: async () => {
      for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return api
}

function answerOf(response: ServerResponse, socket: Socket | undefined): Answer {
  const closed = Promise.withResolvers<void>()
  response.once('close', () => closed.resolve())
  return {
    head: (status, headers = {}) => response.writeHead(status, headers).flushHeaders(),
    write: (text) => void response.write(text),
    end: (body) => void response.end(body),
    destroy: (how) => void (how === 'reset' ? socket?.resetAndDestroy() : socket?.destroy()),
    halfClose: () => void socket?.end(),
    closed: closed.promise,
  }
}

function refuse(
  answer: Answer,
  refusal: { readonly status: number; readonly retryAfter?: string } | undefined,
): void {
  const { status = 500, retryAfter } = refusal ?? {}
  answer.head(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
  answer.end(JSON.stringify({ kind: 'Status', code: status, message: `status ${status}, says the API` }))
}

/** The text of a kubeconfig for an API on 127.0.0.1, with the fields of its user. */
export function kubeconfigFor(port: number, tls?: TestTls, user: object = { token: 'secret' }): string {
  const cluster = tls
    ? {
        server: `https://127.0.0.1:${port}`,
        'certificate-authority-data': Buffer.from(tls.caPem).toString('base64'),
      }
    : { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  })
}
