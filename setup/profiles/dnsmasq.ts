import { commentLines } from './comment.ts'
import { dnsmasqLines } from './dnsmasq-lines.ts'
import type { About, Profile } from './profile.ts'
import { forwardZones, reverseZonesOf, unfitZones } from './zones.ts'

const about: About = {
  id: 'dnsmasq',
  title: 'dnsmasq configuration',
  fileName: 'kubedoh-dnsmasq.conf',
  mediaType: 'text/plain; charset=utf-8',
  systems: ['linux'],
  does: "Lets dnsmasq ask `kubedoh connect` on this machine for the names of the cluster's zones.",
  install: 'copy it to /etc/dnsmasq.d/kubedoh.conf, run `dnsmasq --test`, and restart dnsmasq.',
  undo: 'delete the file, and restart dnsmasq.',
  limits: () => [
    'Programs with musl before 1.2.4 (Alpine) do not find all addresses of large headless Services through dnsmasq.',
  ],
  unfit: unfitZones,
}

/** A file for a dnsmasq that runs as a service. */
export const dnsmasq: Profile = {
  ...about,
  write: (facts) =>
    `${[...commentLines(about, facts), ...dnsmasqLines(forwardZones(facts), reverseZonesOf(facts), facts.stub)].join('\n')}\n`,
}
