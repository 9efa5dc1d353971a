import type { Clock } from '../clock.ts'
import type { Kube } from './http/client.ts'
import { KubeError } from './http/errors.ts'
import { type ListAnswer, listTypes, readListAnswer, refusalOf } from './http/responses.ts'
import type { Resource } from './resources.ts'
import { startWatchdog } from './watchdog.ts'

/** Objects per page: as Protobuf, 2,000 are as large as 500 (client-go's default) are as JSON. */
const pageSize = 2_000

/** The time for one page, from the request to the last byte (ms). */
const pageTimeoutMs = 60_000

/** Kubernetes is tested with up to 150,000 Pods in a cluster, and with fewer objects of the other kinds. */
const maxObjects = 1_000_000

/** Bounds a list with small pages, and one that continues without objects. */
const maxPages = 20_000

/** A complete list, as of one version of the cluster. */
export type Listed<T> = { readonly items: readonly T[]; readonly resourceVersion: string }

/** The surroundings of a list. */
export type ListPorts = { readonly kube: Kube; readonly clock: Clock; readonly signal: AbortSignal }

/**
 * Lists a resource in pages, and reduces each object as soon as it is read, so that the rest of it can be freed.
 * A page that is too large is requested again with a quarter of the objects.
 * The request has no resourceVersion: "0" would allow the API to answer from a cache of any age, while `asOf` relies on
 * a list being current. Throws KubeError; KUBE_EXPIRED when a page took so long that the next one has expired,
 * KUBE_TOO_LARGE for a single object that is too large and for a list that does not end.
 */
export async function listAll<T>(
  resource: Resource,
  reduce: (object: unknown) => T,
  ports: ListPorts,
): Promise<Listed<T>> {
  const items: T[] = []
  let at: Place = { limit: pageSize, token: '' }
  let asked = readPage(resource, at, ports)
  for (let pages = 0; pages < maxPages && items.length <= maxObjects; pages++) {
    try {
      const page = await asked
      at = { ...at, token: page.next }
      // The API works on the next page while this one is reduced.
      if (page.next !== '') asked = readAhead(resource, at, ports)
      for (const object of page.objects) items.push(reduce(object))
      if (page.next === '') return { items, resourceVersion: page.resourceVersion }
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_TOO_LARGE' || at.limit === 1) throw error
      at = { ...at, limit: Math.ceil(at.limit / 4) }
      asked = readPage(resource, at, ports)
    }
  }
  throw new KubeError(
    'KUBE_TOO_LARGE',
    `${ports.kube.server}: the list of ${resource.plural} has no end: ${items.length} objects so far`,
  )
}

/** The start of a page, and how many objects it may have. */
type Place = { readonly limit: number; readonly token: string }

/** Requests a page that may never be awaited, so its failure must not count as unhandled. */
function readAhead(...asked: Parameters<typeof readPage>): Promise<ListAnswer> {
  const page = readPage(...asked)
  page.catch(() => undefined)
  return page
}

async function readPage(
  { kind, path, plural, fieldSelector, isJson }: Resource,
  { limit, token }: Place,
  { kube, clock, signal }: ListPorts,
): Promise<ListAnswer> {
  const doing = `list ${plural}`
  const query = new URLSearchParams({
    limit: String(limit),
    ...(token && { continue: token }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  })
  const limits = { silenceMs: pageTimeoutMs, lifeMs: pageTimeoutMs }
  const late = (ms: number): Error =>
    new KubeError('KUBE_UNREACHABLE', `${kube.server}: no answer to ${doing} within ${ms} ms`)
  // A credential plugin may take longer than a page may.
  await kube.ready(signal)
  const dog = startWatchdog(limits, clock, signal, late)
  try {
    const response = await kube.get(`${path}?${query.toString()}`, dog.signal, isJson ? undefined : listTypes)
    if (response.status !== 200) throw await refusalOf(response, doing)
    const page = await readListAnswer(response, kind, doing)
    if (page.next === token && token !== '')
      throw new KubeError('KUBE_ANSWER', `the answer to ${doing} continues with the same page`)
    return page
  } finally {
    dog.stop()
  }
}
