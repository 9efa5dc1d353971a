import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Shape } from './shape.ts'

/** A stand-in for a Kubernetes API server, in plain HTTP on 127.0.0.1. */
export type ApiServer = { readonly url: string; close(): Promise<void> }

type Kind = { readonly apiVersion: string; readonly list: string; readonly items: readonly object[] }

/**
 * Serves what CoreDNS asks an API server for: lists of a shape, and watches in which nothing happens. Loading
 * the same objects into a real control plane takes minutes, and what CoreDNS then holds is the same.
 */
export async function startApiServer(shape: Shape): Promise<ApiServer> {
  const kinds: Readonly<Record<string, Kind>> = {
    '/api/v1/namespaces': { apiVersion: 'v1', list: 'NamespaceList', items: shape.namespaces },
    '/api/v1/services': { apiVersion: 'v1', list: 'ServiceList', items: shape.services },
    '/apis/discovery.k8s.io/v1/endpointslices': {
      apiVersion: 'discovery.k8s.io/v1',
      list: 'EndpointSliceList',
      items: shape.slices,
    },
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api')
    const kind = kinds[url.pathname]
    if (url.pathname === '/version') return give(response, { major: '1', minor: '34', gitVersion: 'v1.34.0' })
    if (!kind)
      return give(response, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }, 404)
    if (url.searchParams.get('watch')) return watch(response, kind, url.searchParams)
    const { apiVersion, list, items } = kind
    return give(response, { kind: list, apiVersion, metadata: { resourceVersion: '1' }, items })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function give(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A watch that begins with everything there is, where the client asks for that, and then stays silent. */
function watch(response: ServerResponse, { apiVersion, list, items }: Kind, asked: URLSearchParams): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  if (asked.get('sendInitialEvents') !== 'true') return
  for (const object of items) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const metadata = { resourceVersion: '1', annotations }
  const object = { kind: list.replace('List', ''), apiVersion, metadata }
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
}
