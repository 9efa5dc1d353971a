import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'

export type Verb = 'list' | 'watch' | 'create'

/** An answer in the making, and the connection that it goes over. */
export type Answer = {
  /** Its head, at once. */
  head(status: number, headers?: Record<string, string>): void
  write(text: string): void
  /** Ends it in order. */
  end(body?: string | Uint8Array): void
  /** Ends the connection without a word: FIN, or with `reset` RST. */
  destroy(how?: 'reset'): void
  /** Ends this side of the connection, and keeps on listening. */
  halfClose(): void
  /** Resolves when it is over, whoever ended it. */
  readonly closed: Promise<void>
}

/** A Kubernetes API for tests: pages and watches as they were put in, and what was asked. */
export type TestApi = {
  readonly port: number
  /** A kubeconfig's text that leads here. */
  readonly kubeconfig: string
  readonly requests: URL[]
  /** What came with each request to say who asks. */
  readonly authorizations: string[]
  /** The headers of each request. */
  readonly headers: IncomingMessage['headers'][]
  /** Answers to the next lists, one a request; the last one stays. */
  readonly pages: object[]
  /** Objects that were sent with POST, and where to. */
  readonly created: { readonly path: string; readonly object: Record<string, unknown> }[]
  /** Open watches; write events into them, or end or destroy them. */
  readonly watches: Answer[]
  /** Statuses for the next requests of a verb, each with a Status object, before anything else is looked at. */
  readonly refusals: {
    readonly verb: Verb
    readonly status: number
    readonly retryAfter?: string
  }[]
  /** How the next requests of a verb are answered instead, one a request. */
  readonly faults: { readonly verb: Verb; readonly answer: (answer: Answer) => void | Promise<void> }[]
  /** Who else is told HTTP 401. */
  admits: (authorization: string) => boolean
  /** Connections that were opened so far. */
  connections(): number
  /** Resolves with the n-th watch that is opened, from 0. */
  watch(n: number): Promise<Answer>
  send(watch: Answer, type: string, object: object): void
  close(): Promise<void>
}

/** What it shows over TLS, where it speaks HTTP/2 to those who can. */
export type TestTls = { readonly certPem: string; readonly keyPem: string; readonly caPem: string }

/** Starts an API; it serves every path alike. Without TLS it speaks HTTP/1.1. */
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
  // The two kinds of request and response have all that is used here in common.
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

/** A kubeconfig's text for an API on 127.0.0.1. `user` is who asks. */
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
