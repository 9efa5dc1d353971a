import type { Shape } from '../shape.ts'
import type { KubeWriter } from './kube-writer.ts'

/** An object of a shape: the fields needed to write it. */
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

/** The API path of the collection to which an object belongs; the path of the object is that plus its name. */
export function collectionOf({ kind, metadata }: ShapeObject): string {
  return collections.get(kind)?.replace('*', metadata.namespace ?? '') ?? '/api/v1/namespaces'
}

/**
 * The object as it is sent to the API: without uid and version, which the API assigns, and without cluster IP, since
 * those of a shape are outside of the API's range.
 */
export function writable(object: ShapeObject): object {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata
  const { spec } = object as { spec?: { clusterIP?: string; clusterIPs?: unknown } }
  if (!spec || spec.clusterIP === 'None') return { ...object, metadata }
  const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec
  return { ...object, metadata, spec: rest }
}

/** Creates the objects of a shape, namespaces first, over `connections` connections. Throws with the API's answer. */
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
