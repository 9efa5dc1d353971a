import { setTimeout as pause } from 'node:timers/promises'
import type { Api, ApiAnswer } from '../differential/api.ts'
import { pathOf } from '../differential/object.ts'
import { serviceLabel } from '../differential/slices.ts'
import { keyOf } from './inquiries.ts'
import type { ObjectHistory, State, Ticket } from './object-history.ts'

/** The kind, namespace and name of an object. */
export type Place = {
  readonly kind: 'Namespace' | 'Service' | 'EndpointSlice'
  readonly namespace: string | undefined
  readonly name: string
}

/** Writes to the API directly, without proxies, and to the history. */
export type Writer = {
  /**
   * Writes the state of an object, or deletes it, and retries until the API has acknowledged it, also over restarts of
   * the API: since the whole object is written, a repetition does no harm. Resolves to false if the API refused it.
   */
  write(place: Place, state: State | undefined): Promise<boolean>
  /** Deletes a namespace; resolves when it is gone with its objects, given as keys of the history in `inside`. */
  removeNamespace(name: string, inside: readonly string[]): Promise<void>
  /** Writes an object once without a change for DNS; ignores failures. */
  touch(place: Place, state: State): Promise<void>
}

const retryMs = 100

/** A writer that ends with `signal`. */
export function createWriter(api: Api, history: ObjectHistory, signal: AbortSignal): Writer {
  const insist = async (attempt: () => Promise<boolean | undefined>): Promise<boolean> => {
    for (;;) {
      signal.throwIfAborted()
      const done = await attempt().catch(() => undefined)
      if (done !== undefined) return done
      await pause(retryMs)
    }
  }
  return {
    async write(place, state) {
      const ticket = history.begin(historyKey(place), state, Date.now())
      const done = await insist(() => put(api, place, state))
      if (done) history.applied(ticket, Date.now())
      else history.refused(ticket)
      return done
    },
    async removeNamespace(name, inside) {
      const begunMs = Date.now()
      const tickets: Ticket[] = [keyOf.namespace(name), ...inside].map((key) =>
        history.begin(key, undefined, begunMs),
      )
      const place: Place = { kind: 'Namespace', namespace: undefined, name }
      await insist(() => put(api, place, undefined))
      await insist(async () => {
        const { status } = await api('GET', pathOf('Namespace', undefined, name))
        return status === 404 ? true : undefined
      })
      for (const ticket of tickets) history.applied(ticket, Date.now())
    },
    async touch(place, state) {
      await api('PUT', pathOf(place.kind, place.namespace, place.name), {
        ...bodyOf(place, state),
        metadata: { ...metadataOf(place), annotations: { touched: String(Date.now()) } },
      }).catch(() => {})
    },
  }
}

/** The key of an object in the history. */
export function historyKey({ kind, namespace = '', name }: Place): string {
  if (kind === 'Namespace') return keyOf.namespace(name)
  return kind === 'Service' ? keyOf.service(namespace, name) : keyOf.slice(namespace, name)
}

/** True: accepted. False: refused. Undefined: has to be tried again. */
async function put(api: Api, place: Place, state: State | undefined): Promise<boolean | undefined> {
  const { kind, namespace, name } = place
  const path = pathOf(kind, namespace, name)
  if (!state) return outcomeOf(await api('DELETE', path), [404])
  const body = bodyOf(place, state)
  const replaced = await api('PUT', path, body)
  // An unconditional update of a missing object creates it for some kinds, and is 404 for others.
  if (replaced.status !== 404) return outcomeOf(replaced)
  return outcomeOf(await api('POST', pathOf(kind, namespace), body))
}

function outcomeOf({ status }: ApiAnswer, alsoGood: readonly number[] = []): boolean | undefined {
  if (status < 300 || alsoGood.includes(status)) return true
  return status === 422 || status === 403 || status === 404 ? false : undefined
}

function metadataOf({ kind, namespace, name }: Place): object {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(kind === 'EndpointSlice' && { labels: { [serviceLabel]: name } }),
  }
}

function bodyOf(place: Place, state: State): object {
  const metadata = metadataOf(place)
  switch (state.kind) {
    case 'namespace':
      return { apiVersion: 'v1', kind: 'Namespace', metadata }
    case 'address':
      return service(metadata, { type: 'ClusterIP', clusterIP: state.ip, ports: [port(state.port)] })
    case 'alias':
      return service(metadata, { type: 'ExternalName', externalName: state.target.replace(/\.$/, '') })
    case 'headless':
      return service(metadata, { clusterIP: 'None', ports: [port(80)] })
    case 'slice':
      return {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata,
        addressType: 'IPv4',
        endpoints: state.endpoints.map(({ hostname, ip }) => ({ addresses: [ip], hostname })),
        ports: [port(state.port)],
      }
  }
}

function service(metadata: object, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec }
}

function port(number: number): object {
  return { name: 'web', port: number, protocol: 'TCP' }
}
