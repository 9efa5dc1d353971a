import type { Answer } from './answer.ts'
import type { ObjectNames } from './object-names.ts'

/** A question: an absolute name with final dot, in any case, and a type's mnemonic. */
export type Question = { readonly name: string; readonly type: string }

/** The evidence for judging a deviation, in addition to the two answers. */
export type Context = {
  /** The answer of CoreDNS to another question; undefined if it was not asked. The name is in lower case. */
  theirs(name: string, type: string): Answer | undefined
  /** The zones of both, in lower case with final dot, reverse zones included; the first is the primary one. */
  readonly zones: readonly string[]
  /** The TTL of synthesised records. */
  readonly ttlSeconds: number
  /** The configured addresses of ns.dns. */
  readonly nameservers: readonly string[]
  /** The names that follow from the objects; without them only the answers of CoreDNS count. */
  readonly objects?: ObjectNames | undefined
  /**
   * The answer of the upstream resolver for a name outside the zones, 'unreachable' if there is none;
   * left out if there is no upstream resolver.
   */
  readonly upstream?: ((name: string, type: string) => Answer | 'unreachable') | undefined
}

/** The place of a name: the longest matching zone, as spelt in the name, and the folded labels to the left of it. */
export type Place = {
  readonly zone: string
  readonly asked: string
  readonly labels: readonly string[]
  readonly isReverse: boolean
}

/** A name → its place, or undefined outside all zones. */
export function placeOf(name: string, { zones }: Context): Place | undefined {
  const folded = name.toLowerCase()
  const inside = zones.filter((zone) => folded === zone || folded.endsWith(`.${zone}`))
  const [zone] = inside.toSorted((a, b) => b.length - a.length)
  if (zone === undefined) return undefined
  const left = folded.slice(0, -zone.length)
  return {
    zone,
    asked: name.slice(left.length),
    labels: left === '' ? [] : left.slice(0, -1).split('.'),
    isReverse: isReverseZone(zone),
  }
}

/** Whether a folded name is in-addr.arpa, ip6.arpa or below. */
export function isReverseZone(zone: string): boolean {
  return /(^|\.)(in-addr|ip6)\.arpa\.$/.test(zone)
}

/** NODATA or NXDOMAIN of a place: no records, and the zone's SOA (its serial is not compared). */
export function negative(rcode: 'NOERROR' | 'NXDOMAIN', place: Place, { ttlSeconds }: Context): Answer {
  const { asked } = place
  const rdata = `ns.dns.${asked} hostmaster.${asked} 0 7200 1800 86400 ${ttlSeconds}`
  const soa = { owner: asked, ttl: Math.min(ttlSeconds, 300), type: 'SOA', rdata }
  return { rcode, authoritative: true, answer: [], authority: [soa], additional: [] }
}

/** Whether it is NOERROR without records. */
export function isNodata({ rcode, answer, additional }: Answer): boolean {
  return rcode === 'NOERROR' && answer.length === 0 && additional.length === 0
}
