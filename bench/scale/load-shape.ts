import type { Shape } from '../shape.ts'
import type { KubeWriter } from './kube-writer.ts'

/** An object of a shape, as far as writing it needs to know. */
export type ShapeObject = {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
}

const collections: ReadonlyMap<string, string> = new Map([
  ['Service', '/api/v1/namespaces/*/services'],
  ['EndpointSlice', '/apis/discovery.k8s.io/v1/namespaces/*/endpointslices'],
])

/** Where objects of an object's kind are made; it is itself at its name below that. */
export function collectionOf({ kind, metadata }: ShapeObject): string {
  return collections.get(kind)?.replace('*', metadata.namespace ?? '') ?? '/api/v1/namespaces'
}

/**
 * What the API is given of an object: identities and versions are its own to choose, and cluster IPs too, since
 * a shape's lie outside of its range.
 */
export function writable(object: ShapeObject): object {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata
  const { spec } = object as { spec?: { clusterIP?: string; clusterIPs?: unknown } }
  if (!spec || spec.clusterIP === 'None') return { ...object, metadata }
  const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec
  return { ...object, metadata, spec: rest }
}

/** Makes a shape's objects, namespaces first, so many at once. Throws with what the API said. */
export async function loadShape(
  writer: KubeWriter,
  shape: Shape,
  connections: number,
  tell: (line: string) => void,
): Promise<void> {
  const beganMs = performance.now()
  for (const objects of [shape.namespaces, [...shape.services, ...shape.slices]]) {
    const waiting = (objects as readonly ShapeObject[]).values()
    let written = 0
    const work = async (): Promise<void> => {
      for (const object of waiting) {
        await writer.send('POST', collectionOf(object), writable(object))
        if (++written % 5_000 === 0) tell(`${written} of ${objects.length} objects written`)
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
  }
  tell(`loaded in ${((performance.now() - beganMs) / 1000).toFixed(1)} s`)
}
