import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A Kubernetes API for tests: pages and watches as they were put in, and what was asked. */
export type TestApi = {
  /** A kubeconfig's text that leads here. */
  readonly kubeconfig: string
  readonly requests: URL[]
  /** Answers to the next lists, one a request; the last one stays. */
  readonly pages: object[]
  /** Objects that were sent with POST, and where to. */
  readonly created: { readonly path: string; readonly object: Record<string, unknown> }[]
  /** Open watches; write events into them, or end or destroy them. */
  readonly watches: ServerResponse[]
  /** Statuses for the next requests of a verb, each with a Status object, before anything else is looked at. */
  readonly refusals: {
    readonly verb: 'list' | 'watch' | 'create'
    readonly status: number
    readonly retryAfter?: string
  }[]
  /** Resolves with the n-th watch that is opened, from 0. */
  watch(n: number): Promise<ServerResponse>
  send(watch: ServerResponse, type: string, object: object): void
  close(): Promise<void>
}

/** Starts an API; it serves every path alike. */
export async function startTestApi(): Promise<TestApi> {
  const opened = new Map<number, PromiseWithResolvers<ServerResponse>>()
  const nth = (n: number): PromiseWithResolvers<ServerResponse> => {
    const known = opened.get(n) ?? Promise.withResolvers<ServerResponse>()
    opened.set(n, known)
    return known
  }
  const create = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const text = Buffer.concat(await request.toArray()).toString()
    api.created.push({ path, object: JSON.parse(text) as Record<string, unknown> })
    response.writeHead(201).end(text)
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://api')
    api.requests.push(url)
    const isCreate = request.method === 'POST'
    const verb = isCreate ? 'create' : url.searchParams.has('watch') ? 'watch' : 'list'
    if (api.refusals[0]?.verb === verb) return refuse(response, api.refusals.shift())
    if (verb === 'create') return void create(request, response, url.pathname)
    if (verb === 'list') {
      const page = api.pages.length > 1 ? api.pages.shift() : api.pages[0]
      return void response.end(JSON.stringify(page))
    }
    response.writeHead(200).flushHeaders()
    nth(api.watches.push(response) - 1).resolve(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const api: TestApi = {
    kubeconfig: kubeconfigFor(url),
    requests: [],
    created: [],
    pages: [{ metadata: { resourceVersion: '1' }, items: [] }],
    watches: [],
    refusals: [],
    watch: (n) => nth(n).promise,
    send: (watch, type, object) => void watch.write(`${JSON.stringify({ type, object })}\n`),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return api
}

function refuse(response: ServerResponse, refusal: TestApi['refusals'][number] | undefined): void {
  const { status = 500, retryAfter } = refusal ?? {}
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
  response.end(JSON.stringify({ kind: 'Status', code: status, message: `status ${status}, says the API` }))
}

function kubeconfigFor(server: string): string {
  const cluster = { server, 'insecure-skip-tls-verify': true }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: 'secret' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  })
}
