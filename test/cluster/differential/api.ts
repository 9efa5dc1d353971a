import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { ControlPlane } from '../control-plane.ts'
import { pathOf } from './object.ts'

/** The API server's response to one request. */
export type ApiAnswer = { readonly status: number; readonly body: unknown }

/** Sends one request to the API server as its admin. `body` is JSON. Rejects when the connection breaks. */
export type Api = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>

type Kubeconfig = {
  readonly clusters: readonly { cluster: Record<string, string> }[]
  readonly users: readonly { user: Record<string, string> }[]
}

/** Requests under way at once. */
const connections = 24

/** An admin's connections to a plane: kubectl starts a process per request, too slow for hundreds of objects. */
export function apiOf({ apiUrl, kubeconfig }: ControlPlane): Api {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const part = (from: Record<string, string> | undefined, name: string): Buffer =>
    Buffer.from(from?.[name] ?? '', 'base64')
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ca: part(clusters[0]?.cluster, 'certificate-authority-data'),
    cert: part(users[0]?.user, 'client-certificate-data'),
    key: part(users[0]?.user, 'client-key-data'),
  })
  return (method, path, body) => {
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>()
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const sent = request(`${apiUrl}${path}`, { method, agent, headers, timeout: 60_000 }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (chunk: Buffer) => parts.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)))
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return promise
  }
}

/** The current state of all objects that answers depend on. Throws when the API server refuses. */
export async function listObjects(api: Api) {
  const list = async (kind: 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod') => {
    const { status, body } = await api('GET', pathOf(kind))
    if (status !== 200) throw new Error(`list ${kind}: ${status} ${JSON.stringify(body)}`)
    return (body as { items: Listed[] }).items.map((item) => ({ ...item, kind }))
  }
  const [Namespace, Service, EndpointSlice, Pod] = await Promise.all([
    list('Namespace'),
    list('Service'),
    list('EndpointSlice'),
    list('Pod'),
  ])
  return { Namespace, Service, EndpointSlice, Pod }
}

/** An object as the API server lists it, as far as questions come from it. */
export type Listed = {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly managedFields?: unknown
  }
  readonly spec?: {
    readonly type?: string
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly externalName?: string
    readonly ports?: readonly { readonly name?: string; readonly protocol?: string }[]
  }
  readonly endpoints?: readonly {
    readonly addresses: readonly string[]
    readonly hostname?: string
    readonly targetRef?: { readonly name?: string }
  }[]
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string }[] | null
  readonly status?: { readonly podIPs?: readonly { readonly ip: string }[] }
}

/** The objects of a cluster by kind. */
export type Objects = Awaited<ReturnType<typeof listObjects>>
