import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Shape } from './shape.ts'

/** A minimal Kubernetes API server, over plain HTTP on 127.0.0.1. */
export type ApiServer = {
  readonly url: string
  /** The text of a kubeconfig for this server. */
  readonly kubeconfig: string
  /** Replaces the slice of the same name, and sends the event to every watch. */
  changeSlice(slice: ShapeObject): void
  /** Ends every open watch, as the restart of an API server does. */
  endWatches(): void
  close(): Promise<void>
}

/** An object of a shape, as the stand-in keeps it. */
export type ShapeObject = { readonly metadata: { readonly name: string; readonly namespace?: string } }

type Kind = {
  readonly apiVersion: string
  readonly list: string
  readonly items: Map<string, ShapeObject>
  readonly watches: Set<ServerResponse>
  version: number
}

const slicesPath = '/apis/discovery.k8s.io/v1/endpointslices'
/** API servers send a bookmark about once a minute. */
const bookmarkMs = 30_000

/**
 * Serves the requests of CoreDNS and the agent: paged lists of a shape, and watches of later changes. A watch from an
 * older version gets 410, as after a compaction, so a client that was cut off has to list again. Loading the same
 * objects into a real control plane takes a minute, and the clients then hold the same objects.
 */
export async function startApiServer(shape: Shape): Promise<ApiServer> {
  const kinds: ReadonlyMap<string, Kind> = new Map([
    ['/api/v1/namespaces', kindOf('v1', 'NamespaceList', shape.namespaces)],
    ['/api/v1/services', kindOf('v1', 'ServiceList', shape.services)],
    [slicesPath, kindOf('discovery.k8s.io/v1', 'EndpointSliceList', shape.slices)],
  ])
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api')
    const kind = kinds.get(url.pathname)
    if (url.pathname === '/version') return give(response, { major: '1', minor: '34', gitVersion: 'v1.34.0' })
    if (!kind)
      return give(response, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }, 404)
    if (url.searchParams.get('watch')) return watch(response, kind, url.searchParams)
    return give(response, pageOf(kind, url.searchParams))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bookmarks = setInterval(() => kinds.forEach(tellVersion), bookmarkMs)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    kubeconfig: kubeconfigText(url),
    changeSlice(slice) {
      const kind = kinds.get(slicesPath)
      if (kind) change(kind, slice)
    },
    endWatches: () => kinds.forEach(({ watches }) => watches.forEach((response) => response.destroy())),
    async close() {
      clearInterval(bookmarks)
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** The name of the only context in its kubeconfig. */
export const standInContext = 'bench'

function kubeconfigText(server: string): string {
  const name = standInContext
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Clients that accept plain HTTP from a kubeconfig require this.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}

function kindOf(apiVersion: string, list: string, objects: readonly object[]): Kind {
  const items = new Map((objects as readonly ShapeObject[]).map((object) => [keyOf(object), object]))
  return { apiVersion, list, items, watches: new Set(), version: 1 }
}

function keyOf({ metadata }: ShapeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

/** A page of a list; its continue token is the index of the next object. */
function pageOf({ apiVersion, list, items, version }: Kind, asked: URLSearchParams): object {
  const from = Number(asked.get('continue') ?? 0)
  const limit = Number(asked.get('limit') ?? 0) || items.size
  const more = from + limit < items.size && { continue: String(from + limit) }
  const page = [...items.values()].slice(from, from + limit)
  return { kind: list, apiVersion, metadata: { resourceVersion: String(version), ...more }, items: page }
}

function change(kind: Kind, object: ShapeObject): void {
  const version = ++kind.version
  const metadata = { ...object.metadata, resourceVersion: String(version) }
  const changed = { ...object, metadata }
  kind.items.set(keyOf(object), changed)
  const line = `${JSON.stringify({ type: 'MODIFIED', object: changed })}\n`
  for (const response of kind.watches) response.write(line)
}

function tellVersion(kind: Kind): void {
  for (const response of kind.watches) bookmark(response, kind)
}

function bookmark(response: ServerResponse, { apiVersion, list, version }: Kind, isFirst = false): void {
  const annotations = isFirst && { annotations: { 'k8s.io/initial-events-end': 'true' } }
  const metadata = { resourceVersion: String(version), ...annotations }
  const object = { kind: list.replace('List', ''), apiVersion, metadata }
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
}

function give(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Answers a watch; it begins with all present objects if the client asks for sendInitialEvents. */
function watch(response: ServerResponse, kind: Kind, asked: URLSearchParams): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const isInitial = asked.get('sendInitialEvents') === 'true'
  if (!isInitial && asked.get('resourceVersion') !== String(kind.version)) {
    const object = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: 'too old' }
    response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
    return
  }
  if (isInitial) {
    for (const object of kind.items.values()) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
    bookmark(response, kind, true)
  }
  kind.watches.add(response)
  response.on('close', () => kind.watches.delete(response))
}
