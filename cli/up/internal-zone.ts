import { maxZoneBytes } from '../../dns/limits.ts'
import { fold, nameFromText } from '../../dns/name.ts'

/**
 * The users of names below `internal`, by the label that a cluster with the same id would take from them: host names of
 * clouds, and names of the machine that containers and virtual machines run on. Fly.io and Scaleway have names below
 * `internal` as well, but their labels are chosen by their customers.
 */
const takenLabels: ReadonlyMap<string, string> = new Map([
  // metadata.google.internal is the metadata server of every virtual machine there.
  ['google', 'Google Cloud'],
  // ip-10-0-0-1.ec2.internal in us-east-1, ip-10-0-0-1.REGION.compute.internal elsewhere.
  ['ec2', 'Amazon EC2'],
  ['compute', 'Amazon EC2'],
  ['compute-1', 'Amazon EC2'],
  // host.docker.internal, kubernetes.docker.internal.
  ['docker', 'Docker Desktop'],
  // host.containers.internal.
  ['containers', 'Podman'],
  // host.NAME.internal.
  ['lima', 'Lima and Colima'],
  ['rancher-desktop', 'Rancher Desktop'],
  ['orb', 'OrbStack'],
  ['minikube', 'minikube'],
  ['k3d', 'k3d'],
  // SERVICE.railway.internal.
  ['railway', 'Railway'],
  // APP.apps.internal, and uaa.service.cf.internal.
  ['apps', 'Cloud Foundry'],
  ['cf', 'Cloud Foundry'],
])

/** The zone below `internal`, or why there is none. */
export type InternalZone = { readonly zone: string } | { readonly leftOut: string; readonly why: string }

/**
 * The alias zone of a cluster below `internal`, which ICANN reserved for private use, so that no public domain is hidden.
 * Browsers and Apple's systems send its names to DNS servers, in contrast to those below `local` (RFC 6762).
 */
export function internalZone(cluster: string): InternalZone {
  const zone = `${cluster}.internal`
  const user = takenLabels.get(cluster)
  if (user !== undefined) return { leftOut: zone, why: `${user} has names in it` }
  if (nameFromText(zone).length <= maxZoneBytes) return { zone }
  const most = cluster.length - (nameFromText(zone).length - maxZoneBytes)
  return { leftOut: zone, why: `it is too long: the id may have ${most} characters` }
}

/** The alias zones of a cluster: the one below `internal`, unless it is the domain, and others. Each is there once. */
export function aliasZones(
  internal: InternalZone | undefined,
  domain: string,
  others: readonly string[],
): string[] {
  const zones = [...(internal && 'zone' in internal ? [internal.zone] : []), ...others]
  const keyOf = (zone: string): string => fold(zone).replace(/\.$/, '')
  const byKey = new Map(zones.map((zone) => [keyOf(zone), zone]))
  byKey.delete(keyOf(domain))
  return [...byKey.values()]
}
