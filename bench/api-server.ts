import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Shape } from './shape.ts'

/** A stand-in for a Kubernetes API server, in plain HTTP on 127.0.0.1. */
export type ApiServer = {
  readonly url: string
  /** A kubeconfig's text that leads here. */
  readonly kubeconfig: string
  /** Puts a slice in the place of the one of that name, and tells those who watch. */
  changeSlice(slice: ShapeObject): void
  /** Ends every open watch, as an API server does when it is restarted. */
  endWatches(): void
  close(): Promise<void>
}

/** An object of a shape by its name. */
type ShapeObject = { readonly metadata: { readonly name: string; readonly namespace?: string } }

type Kind = {
  readonly apiVersion: string
  readonly list: string
  readonly items: Map<string, ShapeObject>
  readonly watches: Set<ServerResponse>
  version: number
}

const slicesPath = '/apis/discovery.k8s.io/v1/endpointslices'
/** API servers say now and then how far a watch has come, about once a minute. */
const bookmarkMs = 30_000

/**
 * Serves what CoreDNS and the agent ask an API server for: lists of a shape, in pages, and watches of what is
 * changed from then on. A watch begins with the present, whatever version it asks for: who was cut off lists
 * anew, as after a compaction. Loading the same objects into a real control plane takes a minute, and what is
 * held then is the same.
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

/** The name of the only context of its kubeconfig. */
export const standInContext = 'bench'

function kubeconfigText(server: string): string {
  const name = standInContext
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Whoever takes plain HTTP from a kubeconfig wants this said.
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

/** A page of a list; what it goes on with is the place of the next object. */
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

/** A watch that begins with everything there is, where the client asks for that. */
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
