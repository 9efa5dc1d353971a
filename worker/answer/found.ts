import { labelName, type Name } from '../../dns/name.ts'
import { dashedLabel } from '../../snapshot/endpoint-name.ts'
import type { Endpoint, Port } from '../../snapshot/schema.ts'

/** One address of a name, with its ports. Without ports, it has an address record and no SRV record. */
export type Holder = {
  readonly address: string
  /** Its SRV target, relative to the zone; of an endpoint the name above its label (targetOf). */
  readonly target: Name
  readonly endpoint?: Endpoint
  readonly ports: readonly Port[]
}

/** The SRV target of a holder, relative to the zone. Only made where a record needs it: a Service may have 10,000 of them. */
export function targetOf({ target, endpoint }: Holder): Name {
  return endpoint ? labelName(endpoint[1] ?? dashedLabel(endpoint[0])) + target : target
}

/** The data of a name for all types, because existence does not depend on the type (RFC 2308 §2, RFC 8020). */
export type Found =
  /** The name does not exist. `certain` when it cannot exist in any snapshot. */
  | { readonly kind: 'nothing'; readonly certain: boolean }
  /** The name exists and owns no records. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'addresses'; readonly holders: readonly Holder[] }
  /** A target as stored in the snapshot: absolute with a final dot, otherwise relative to the native domain. */
  | { readonly kind: 'alias'; readonly target: string }
  | { readonly kind: 'apex' }
  | { readonly kind: 'nameserver' }
  /** `certain` when the text is true regardless of the snapshot's age. */
  | {
      readonly kind: 'text'
      readonly strings: readonly string[]
      readonly ttlSeconds: number
      readonly certain: boolean
    }
  /** The names of an address, relative to the primary zone. */
  | { readonly kind: 'pointers'; readonly targets: readonly Name[] }

/** A name that does not exist in this snapshot, but could in another. */
export const nothingNow: Found = { kind: 'nothing', certain: false }

/** A name that cannot exist in any cluster. */
export const nothingEver: Found = { kind: 'nothing', certain: true }
