import type { Profile } from './profile.ts'
import { routedZones, unfitZones } from './zones.ts'

/** The body of a request to Tailscale's API that sets the name servers of the zones (PATCH …/dns/split-dns). */
export const tailscale: Profile = {
  id: 'tailscale',
  title: 'Tailscale split DNS',
  fileName: 'tailscale-split-dns.json',
  mediaType: 'application/json',
  systems: ['linux', 'macos', 'windows', 'ios', 'android'],
  does: "Lets all devices of a tailnet ask the edge for the names of the cluster's zones.",
  install:
    'As an administrator of the tailnet, run `curl -X PATCH -u "$TAILSCALE_API_KEY:" --json @tailscale-split-dns.json https://api.tailscale.com/api/v2/tailnet/-/dns/split-dns`.',
  undo: 'Send the same file with an empty list, `[]`, for each zone.',
  limits: () => [
    "Tailscale asks over plain DNS on port 53, which has no tokens: the access policy must admit the tailnet's addresses, usually 100.64.0.0/10, under `networks`.",
    "The edge's address must be reachable in the tailnet.",
  ],
  unfit: (facts) =>
    unfitZones(facts) ??
    (facts.dnsServers.length > 0
      ? undefined
      : 'Tailscale needs the address at which the edge answers plain DNS (--dns-server ADDRESS)'),
  write(facts) {
    const servers = Object.fromEntries(routedZones(facts).map((zone) => [zone, facts.dnsServers]))
    return `${JSON.stringify(servers, undefined, 2)}\n`
  },
}
