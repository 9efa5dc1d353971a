import { commentLines } from './comment.ts'
import type { About, Profile } from './profile.ts'
import { routedZones, unfitZones } from './zones.ts'

/** The most routing domains in the file: resolved takes 256 (MANAGER_SEARCH_DOMAINS_MAX), and others may have some too. */
const maxDomains = 200

const about: About = {
  id: 'systemd-resolved',
  title: 'systemd-resolved drop-in',
  fileName: 'kubedoh-resolved.conf',
  mediaType: 'text/plain; charset=utf-8',
  systems: ['linux'],
  does: "Lets systemd-resolved ask `kubedoh connect` on this machine for the names of the cluster's zones.",
  install:
    'copy it to /etc/systemd/resolved.conf.d/kubedoh.conf, and run `systemctl restart systemd-resolved` while `kubedoh connect` is running.',
  undo: 'delete the file, and run `systemctl restart systemd-resolved`.',
  limits: (facts) => [
    'No other global DNS= may exist: all global servers are one pool, and names of the cluster would leak to the other one.',
    'resolved asks the stub for other names too, which it refuses; the servers of the network link answer those.',
    ...(routedZones(facts).length > maxDomains
      ? [`The file has ${maxDomains} domains at most, so some reverse zones are left out.`]
      : []),
  ],
  unfit: unfitZones,
}

/** A drop-in of systemd-resolved (resolved.conf(5)), with the stub as global server and a routing domain for each zone. */
export const resolved: Profile = {
  ...about,
  write(facts) {
    const { host, port } = facts.stub
    const domains = routedZones(facts).slice(0, maxDomains)
    const lines = [
      ...commentLines(about, facts),
      '[Resolve]',
      `DNS=${host.includes(':') ? `[${host}]` : host}:${port}`,
      `Domains=${domains.map((zone) => `~${zone}`).join(' ')}`,
    ]
    return `${lines.join('\n')}\n`
  },
}
