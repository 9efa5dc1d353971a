/** The kinds of object that a snapshot is built from. Pods are read only where their names are verified. */
export type ObjectKind = 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod'

/** The part of an object that a reason is about: a label of metrics, so the values are few and never change. */
export const skipCauses = [
  'name',
  'namespace',
  'namespace_missing',
  'external_name',
  'cluster_ip',
  'service_label',
  'port',
  'endpoint_address',
  'endpoint_hostname',
  'pod_ip',
  'size',
  'other',
] as const

export type SkipCause = (typeof skipCauses)[number]

/** The reason why something cannot be published: a code for metrics, and a sentence for people. */
export type Reason = { readonly cause: SkipCause; readonly text: string }

/** An object, or a part of one, that is left out because it cannot be published, with the reason. */
export type Skipped = {
  readonly kind: ObjectKind
  /** 'namespace/name', or the name alone for a namespace. */
  readonly object: string
  readonly cause: SkipCause
  /** The sentence for people. */
  readonly reason: string
}

/**
 * One object, reduced to the data that DNS needs. `entry` is absent when the whole object cannot be published;
 * parts that were left out of an entry are in `skipped` too. `key` identifies the object in both cases.
 */
export type Reduced<Entry> = {
  readonly key: string
  readonly entry: Entry | undefined
  readonly skipped: readonly Skipped[]
}

/** One list for all, since nearly every object is published whole. */
const nothingSkipped: readonly Skipped[] = []

/** Makes a Reduced of a kind: an entry or the reason why there is none, and reasons for parts left out. */
export function reduced<Entry>(
  kind: ObjectKind,
  object: string,
  outcome: { readonly entry?: Entry; readonly reasons?: readonly Reason[] },
): Reduced<Entry> {
  const reasons = outcome.reasons ?? []
  const skipped = reasons.length === 0 ? nothingSkipped : reasons.map((reason) => skip(kind, object, reason))
  return { key: object, entry: outcome.entry, skipped }
}

/** A reason, attached to the object that it is about. */
export function skip(kind: ObjectKind, object: string, { cause, text }: Reason): Skipped {
  return { kind, object, cause, reason: text }
}
