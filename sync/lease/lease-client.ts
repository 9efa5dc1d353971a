import type { Kube, KubeResponse } from '../kube/http/client.ts'
import { KubeError } from '../kube/http/errors.ts'
import { textOf } from '../kube/http/read-body.ts'
import { parseAnswer, refusalOf } from '../kube/http/responses.ts'
import { type LeasePlace, type LeaseRecord, readLease, writeLease } from './lease-record.ts'

/** The Lease that decides which replica leads. Every call throws KubeError. */
export type Lease = {
  /** The current Lease, or undefined when it does not exist yet. */
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>
  /**
   * Replaces `before` by a Lease that this replica holds from `nowMs` (Unix ms) or, with `released`, that has no holder.
   * Throws KUBE_CONFLICT, with nothing written, when another replica wrote first.
   */
  write(
    before: LeaseRecord | undefined,
    terms: { readonly nowMs: number; readonly durationMs: number; readonly released?: boolean },
    signal: AbortSignal,
  ): Promise<LeaseRecord>
}

/** Access to a Lease through the API. */
export function openLease(kube: Kube, place: LeasePlace): Lease {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${place.namespace}/leases`
  const path = `${collection}/${place.name}`
  const named = `lease ${place.namespace}/${place.name}`
  return {
    async read(signal) {
      try {
        return await recordOf(await kube.get(path, signal), `get ${named}`)
      } catch (error) {
        if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined
        throw error
      }
    },
    async write(before, terms, signal) {
      const object = writeLease(before, place, terms)
      const response = before
        ? await kube.write('PUT', path, object, signal)
        : await kube.write('POST', collection, object, signal)
      return recordOf(response, `${before ? 'update' : 'create'} ${named}`)
    },
  }
}

async function recordOf(response: KubeResponse, doing: string): Promise<LeaseRecord> {
  if (response.status !== 200 && response.status !== 201) throw await refusalOf(response, doing)
  return readLease(parseAnswer(await textOf(response.body), doing))
}
