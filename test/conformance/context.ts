import type { Answer } from './answer.ts'
import type { ObjectNames } from './object-names.ts'

/** A question: an absolute name with final dot, in any case, and a type's mnemonic. */
export type Question = { readonly name: string; readonly type: string }

/** What is known beside the two answers: the evidence that a deviation is judged by. */
export type Context = {
  /** What CoreDNS answers to another question; undefined where nobody asked it. The name is in lower case. */
  theirs(name: string, type: string): Answer | undefined
  /** The zones of both, in lower case with final dot, reverse zones included; the first is the primary one. */
  readonly zones: readonly string[]
  /** The TTL of synthesised records. */
  readonly ttlSeconds: number
  /** The addresses that ns.dns has by configuration. */
  readonly nameservers: readonly string[]
  /** What the objects say of which names there are; without them only what CoreDNS answers counts. */
  readonly objects?: ObjectNames | undefined
  /**
   * What the upstream resolver says about a name outside the zones, 'unreachable' when it gives no answer;
   * left out where there is no upstream resolver.
   */
  readonly upstream?: ((name: string, type: string) => Answer | 'unreachable') | undefined
}

/** Where a name lies: the longest zone that it is in, as the name spells it, and the folded labels left of that. */
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

/** Is a folded name in-addr.arpa, ip6.arpa or below? */
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

/** Is it NOERROR without records? */
export function isNodata({ rcode, answer, additional }: Answer): boolean {
  return rcode === 'NOERROR' && answer.length === 0 && additional.length === 0
}
