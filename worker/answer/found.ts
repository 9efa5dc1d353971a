import type { Name } from '../../dns/name.ts'
import type { Port } from '../../snapshot/schema.ts'

/**
 * An address that a name has, and the ports it serves. `target` is the name, relative to the zone, that SRV
 * gives for it. No ports: addresses are answered and SRV is not.
 */
export type Holder = { readonly address: string; readonly target: Name; readonly ports: readonly Port[] }

/** What a name owns, whatever the type asked: existence does not depend on it (RFC 2308 §2, RFC 8020). */
export type Found =
  /** The name does not exist. `certain` when no cluster could have it, whatever its snapshot says. */
  | { readonly kind: 'nothing'; readonly certain: boolean }
  /** The name exists and owns no records. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'addresses'; readonly holders: readonly Holder[] }
  /** A target as the snapshot has it: with a final dot absolute, else relative to the native domain. */
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'apex' }
  | { readonly kind: 'nameserver' }
  /** `certain` when the text is true whatever the snapshot's age. */
  | {
      readonly kind: 'text'
      readonly strings: readonly string[]
      readonly ttlSeconds: number
      readonly certain: boolean
    }
  /** Names, relative to the primary zone, of what has the address asked. */
  | { readonly kind: 'pointers'; readonly targets: readonly Name[] }

/** A name that could exist in the cluster and, by this snapshot, does not. */
export const nothingNow: Found = { kind: 'nothing', certain: false }

/** A name that exists in no cluster. */
export const nothingEver: Found = { kind: 'nothing', certain: true }
