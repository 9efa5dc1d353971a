import { labelName, labelStarts, type Name } from '../../dns/name.ts'
import { sha256 } from '../../snapshot/blob.ts'
import { locate } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'

/** A secret of each edge: nobody can find out the name from the label that upstream sees. */
const secrets = new WeakMap<Edge, string>()

/** The characters of a label: 80 bits of base64url, in lower case. */
const labelLength = 16

/**
 * The name that upstream is asked in place of a name in a zone of another cluster, or in its native domain: a name that
 * should not exist, beside that zone. The holder of a token so gets the answer that the name would have if the zone were
 * not on this edge, and the name itself is not sent. Each name has its own: an answer from the upstream cache is no
 * sign of a hidden zone. Undefined for a name in no zone.
 */
export async function coverName(name: Name, edge: Edge): Promise<Name | undefined> {
  let parent = parentOfZone(name, edge)
  if (parent === undefined) return undefined
  const secret = secrets.get(edge) ?? Array.from({ length: 4 }, () => edge.random()).join()
  secrets.set(edge, secret)
  const label = labelName(
    (await sha256(`${secret} ${name}`)).slice(0, labelLength).toLowerCase().replaceAll(/[-_]/g, '0'),
  )
  for (let outer: Name | undefined = parent; outer !== undefined; outer = parentOfZone(label + parent, edge))
    parent = outer
  return label + parent
}

/** The parent of the longest zone or native domain that a folded name is in. Undefined if it is in none. */
function parentOfZone(name: Name, { zones, config }: Edge): Name | undefined {
  const starts = labelStarts(name)
  const domain = starts.find((start) =>
    config.clusters.some((cluster) => cluster.domain === name.slice(start)),
  )
  const place = locate(name, name, zones)
  const inZone = place.kind === 'outside' ? undefined : name.length - place.zone.length
  const at = Math.min(domain ?? Number.POSITIVE_INFINITY, inZone ?? Number.POSITIVE_INFINITY)
  const next = starts[starts.indexOf(at) + 1]
  return next === undefined || !starts.includes(at) ? undefined : name.slice(next)
}
