import { fold, labelName, type Name, nameFromText } from '../../dns/name.ts'

/**
 * The zone `svc`, for clients that have lost the cluster's domain. Its names are those of Services, `web.prod.svc`, and
 * not `web.prod.svc.svc` as in any other zone: it has no pods, no `dns`, no `dns-version` and no `_snapshot`. It has no
 * nameserver of its own either, so that SOA and NS name the one of the cluster's primary zone.
 */
export const serviceZone: Name = nameFromText('svc')

const serviceLabel = labelName('svc')

/** Whether a zone, in any case, is `svc`. */
export function isServiceZone(zone: Name): boolean {
  return zone.length === serviceZone.length && fold(zone) === serviceZone
}

/** Whether a folded name is below `svc`. */
export function isBelowServiceZone(name: Name): boolean {
  return name.length > serviceZone.length && name.endsWith(serviceZone)
}

/** The zone that contains the nameserver and the mailbox of a zone: the primary zone for `svc`, otherwise the zone itself. */
export function authorityOf(zone: Name, primaryZone: Name): Name {
  return isServiceZone(zone) ? primaryZone : zone
}

/**
 * A name relative to the cluster's domain, such as `web.prod.svc` → the name in a zone. In the zone `svc`, names that end
 * in the label `svc` are not extended, and all others are in the primary zone.
 */
export function nameInZone(relative: Name, zone: Name, primaryZone: Name): Name {
  if (!isServiceZone(zone)) return relative + zone
  const isOfService = fold(relative).endsWith(serviceLabel)
  return isOfService ? relative.slice(0, -serviceLabel.length) + zone : relative + primaryZone
}
