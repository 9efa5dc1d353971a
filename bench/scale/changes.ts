import type { Shape } from '../shape.ts'
import type { KubeWriter } from './kube-writer.ts'
import { collectionOf, type ShapeObject, writable } from './load-shape.ts'

/** A slice of a shape: the fields that changes need. */
export type ShapeSlice = ShapeObject & {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly endpoints: readonly { readonly addresses: readonly string[] }[]
}

/** The slices of a shape's headless Services. */
export function headlessSlices(shape: Shape): ShapeSlice[] {
  const services = shape.services as readonly (ShapeObject & { spec: { clusterIP: string } })[]
  const slices = shape.slices as readonly ShapeSlice[]
  return slices.filter((_, index) => services[index]?.spec.clusterIP === 'None')
}

/** The slice with other addresses for its first endpoints. */
export function withAddresses(slice: ShapeSlice, addresses: readonly string[]): ShapeSlice {
  const endpoints = slice.endpoints.map((endpoint, at) => {
    const address = addresses[at]
    return address === undefined ? endpoint : { ...endpoint, addresses: [address] }
  })
  return { ...slice, endpoints }
}

/** Replaces an existing object. Resolves when the API has answered. */
export function replace(writer: KubeWriter, object: ShapeObject): Promise<void> {
  return writer.send('PUT', `${collectionOf(object)}/${object.metadata.name}`, writable(object))
}

/** Creates an object. */
export function create(writer: KubeWriter, object: ShapeObject): Promise<void> {
  return writer.send('POST', collectionOf(object), writable(object))
}

/** The DNS name of a slice's Service in a zone. */
export function nameOf({ metadata }: ShapeSlice, zone: string): string {
  return `${metadata.labels['kubernetes.io/service-name']}.${metadata.namespace}.svc.${zone}`
}
