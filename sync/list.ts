import type { Kube } from './kube.ts'
import { parseAnswer, refusalOf } from './kube-answer.ts'
import { KubeError } from './kube-error.ts'
import { textOf } from './lines.ts'
import { fieldOf, listOf } from './loose.ts'
import type { Resource } from './resource.ts'

/** Objects a page: client-go's default. */
const pageSize = 500

/** Time for one page, first byte to last. */
const pageTimeoutMs = 60_000

/** A complete list, as of one version of the cluster. */
export type Listed<T> = { readonly items: readonly T[]; readonly resourceVersion: string }

/**
 * Lists a resource in pages, each object reduced as soon as it is read so that the rest of it can be forgotten.
 * No resourceVersion is asked for: "0" would allow the API any cache, however old, while `asOf` says that a
 * list is the truth of its moment. Throws KubeError; KUBE_EXPIRED when a page took so long that the next is gone.
 */
export async function listAll<T>(
  kube: Kube,
  resource: Resource,
  reduce: (object: unknown) => T,
  signal: AbortSignal,
): Promise<Listed<T>> {
  const items: T[] = []
  let next = ''
  for (;;) {
    const { fieldSelector } = resource
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(next && { continue: next }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    })
    const limit = AbortSignal.timeout(pageTimeoutMs)
    const path = `${resource.path}?${query.toString()}`
    const page = await listPage(kube, path, resource, AbortSignal.any([signal, limit]), limit)
    for (const object of listOf(fieldOf(page, 'items'))) items.push(reduce(object))
    const resourceVersion = fieldOf(page, 'metadata', 'resourceVersion')
    if (typeof resourceVersion !== 'string') {
      throw new KubeError('KUBE_ANSWER', `${kube.server}: the answer to list ${resource.plural} is no list`)
    }
    const token = fieldOf(page, 'metadata', 'continue')
    if (typeof token !== 'string' || token === '') return { items, resourceVersion }
    next = token
  }
}

async function listPage(
  kube: Kube,
  path: string,
  resource: Resource,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<unknown> {
  const doing = `list ${resource.plural}`
  try {
    const response = await kube.get(path, signal)
    if (response.status !== 200) throw await refusalOf(response, doing)
    return parseAnswer(await textOf(response.body), doing)
  } catch (error) {
    if (error !== limit.reason) throw error
    throw new KubeError(
      'KUBE_UNREACHABLE',
      `${kube.server}: no answer to ${doing} within ${pageTimeoutMs} ms`,
    )
  }
}
