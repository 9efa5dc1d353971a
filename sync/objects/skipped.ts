/** The kinds of object that a snapshot is made of; Pods only where their names are verified. */
export type ObjectKind = 'Namespace' | 'Service' | 'EndpointSlice' | 'Pod'

/** Something that cannot be published, left out alone: which object it is or belongs to, and why. */
export type Skipped = {
  readonly kind: ObjectKind
  /** 'namespace/name', or the name alone for a namespace. */
  readonly object: string
  readonly reason: string
}

/**
 * One object, reduced to what DNS needs. `entry` is absent when the whole object cannot be published; what
 * was left out of an entry is in `skipped` too. `key` is the object's own, whether publishable or not.
 */
export type Reduced<Entry> = {
  readonly key: string
  readonly entry: Entry | undefined
  readonly skipped: readonly Skipped[]
}

/** Makes a Reduced of a kind: an entry or the reason why there is none, and reasons for parts left out. */
export function reduced<Entry>(
  kind: ObjectKind,
  object: string,
  outcome: { readonly entry?: Entry; readonly reasons?: readonly string[] },
): Reduced<Entry> {
  const skipped = (outcome.reasons ?? []).map((reason): Skipped => ({ kind, object, reason }))
  return { key: object, entry: outcome.entry, skipped }
}
