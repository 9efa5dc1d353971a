import { parseCidr } from '../../dns/cidr.ts'
import { reverseZones } from '../../dns/reverse-zones.ts'
import type { SetupFacts } from './profile.ts'

/** The zones that a system sends to the edge, without those of reverse names. */
export function forwardZones({ edge }: SetupFacts): string[] {
  return edge.zones.map(({ name }) => name)
}

/** The zones of the reverse names, without final dot. */
export function reverseZonesOf({ edge }: SetupFacts): string[] {
  return reverseZones(edge.reverse.flatMap((range) => parseCidr(range) ?? []))
}

/** All zones that a system sends to the edge. */
export function routedZones(facts: SetupFacts): string[] {
  return [...forwardZones(facts), ...reverseZonesOf(facts)]
}

/** The zones outside `.local`: browsers and Apple's systems send no other ones to a server (RFC 6762 §3). */
export function openZones(facts: SetupFacts): string[] {
  return forwardZones(facts).filter((name) => name !== 'local' && !name.endsWith('.local'))
}

/** Why a format that takes an https URL only cannot be written. */
export function unfitUrl({ dohUrl }: SetupFacts): string | undefined {
  return dohUrl.startsWith('https:') ? undefined : 'the edge has no https URL'
}

/** Why a format that sends zones to the edge cannot be written: without any zone it would send every name, or none. */
export function unfitZones(facts: SetupFacts): string | undefined {
  return routedZones(facts).length > 0 ? undefined : 'this caller has no zone at the edge'
}

/** Why a format that has no effect on `.local` cannot be written. */
export function unfitLocal(facts: SetupFacts): string | undefined {
  if (openZones(facts).length > 0) return undefined
  return "the edge has no zone outside .local, whose names browsers and Apple's systems never send to a server; its operator can add one such as prod.internal"
}

/** The limit of formats that have no effect on `.local`, if the caller has such zones. */
export function localLimits(facts: SetupFacts): string[] {
  const open = openZones(facts)
  const local = forwardZones(facts).filter((name) => !open.includes(name))
  return local.length === 0
    ? []
    : [`Names in ${local.join(', ')} are never sent to the edge; use ${open[0]}.`]
}
