import type { SetupFacts } from './profile.ts'
import { forwardZones, routedZones } from './zones.ts'

/**
 * The lines with which dnsmasq asks the stub for the zones. `rebind-domain-ok` lets the cluster's private addresses pass
 * where `stop-dns-rebind` is set. Reverse zones are named one by one, since only new releases take a prefix in `rev-server`
 * that ends within a label.
 */
export function dnsmasqLines(facts: SetupFacts): string[] {
  const { host, port } = facts.stub
  return [
    ...routedZones(facts).map((zone) => `server=/${zone}/${host}#${port}`),
    ...forwardZones(facts).map((zone) => `rebind-domain-ok=/${zone}/`),
  ]
}
