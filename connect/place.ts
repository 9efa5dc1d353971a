import { type Cidr, cidrHas, parseCidr } from '../dns/cidr.ts'
import { fold, labelStarts, type Name, nameFromText } from '../dns/name.ts'
import { parseReverseName } from '../dns/reverse.ts'

/** Whom a name belongs to: the edge, as a name of a zone or of a reverse range, or another server. */
export type Place = 'zone' | 'reverse' | 'outside'

/** The zones (without final dot) and the reverse ranges (CIDR) of an edge. */
export type Served = {
  readonly zones: readonly { readonly name: string }[]
  readonly reverse: readonly string[]
}

/**
 * The zones and reverse ranges of an edge → the place of a folded name. A reverse name belongs to the edge if all of its
 * addresses are in one of the ranges, so that the names of wider prefixes stay with their own servers.
 */
export function createPlaces({ zones, reverse }: Served): (name: Name) => Place {
  const names = new Set(zones.map(({ name }) => fold(nameFromText(name))))
  const ranges = reverse.flatMap((text) => parseCidr(text) ?? [])
  return (name) => {
    if (labelStarts(name).some((at) => names.has(name.slice(at)))) return 'zone'
    return isInRanges(name, ranges) ? 'reverse' : 'outside'
  }
}

function isInRanges(name: Name, ranges: readonly Cidr[]): boolean {
  const prefix = ranges.length > 0 ? parseReverseName(name) : undefined
  return (
    prefix !== undefined && ranges.some((range) => prefix.bits >= range.bits && cidrHas(range, prefix.bytes))
  )
}
