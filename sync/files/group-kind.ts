import { fieldOf } from '../objects/fields.ts'
import type { ObjectKind } from '../objects/skipped.ts'

/** An object of a file, by its API group and kind. */
export type Item = {
  /** Undefined for an object that DNS does not need. */
  readonly kind: ObjectKind | undefined
  /** The kind with its group as kubectl writes them, such as 'Service' or 'Service.serving.knative.dev'. */
  readonly label: string
  readonly object: unknown
}

/** Names of kinds are unique within an API group only: Knative, OpenShift and Crossplane have their own Services. */
const groups: Readonly<Record<ObjectKind, RegExp>> = {
  Namespace: /^v1$/,
  Service: /^v1$/,
  Pod: /^v1$/,
  EndpointSlice: /^discovery\.k8s\.io\/v1(?:beta1)?$/,
}

/** An object of a kind and `apiVersion`, which may come from the list that contains it → its item. Never throws. */
export function itemOf(object: unknown, kind: string, apiVersion: unknown): Item {
  const isNeeded = Object.hasOwn(groups, kind) && groups[kind as ObjectKind].test(String(apiVersion))
  return { kind: isNeeded ? (kind as ObjectKind) : undefined, label: labelOf(kind, apiVersion), object }
}

function labelOf(kind: string, apiVersion: unknown): string {
  if (typeof apiVersion !== 'string' || apiVersion === '') return `${kind} without apiVersion`
  const slash = apiVersion.lastIndexOf('/')
  return slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`
}

/**
 * The kind and items of a list: a `List`, or a typed list such as ServiceList, whose items may leave out their kind
 * and apiVersion. Undefined for an object that is not a list. A list without items is empty.
 */
export function listItems(
  object: unknown,
  kind: string,
): { readonly items: readonly unknown[]; readonly itemKind: string } | undefined {
  if (!kind.endsWith('List')) return undefined
  const items = fieldOf(object, 'items') ?? undefined
  const isApi = /^(?:List|(?:Namespace|Service|Pod|EndpointSlice)List)$/.test(kind)
  if (!Array.isArray(items) && !(isApi && items === undefined)) return undefined
  return { items: Array.isArray(items) ? items : [], itemKind: kind.slice(0, -'List'.length) }
}
