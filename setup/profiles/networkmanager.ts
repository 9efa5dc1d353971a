import { commentLines } from './comment.ts'
import { dnsmasqLines } from './dnsmasq-lines.ts'
import type { About, Profile } from './profile.ts'
import { forwardZones, reverseZonesOf, unfitZones } from './zones.ts'

const about: About = {
  id: 'networkmanager',
  title: 'NetworkManager with dnsmasq',
  fileName: 'kubedoh-networkmanager.conf',
  mediaType: 'text/plain; charset=utf-8',
  systems: ['linux'],
  does: "Lets NetworkManager's dnsmasq ask `kubedoh connect` on this machine for the names of the cluster's zones.",
  install:
    'copy it to /etc/NetworkManager/dnsmasq.d/kubedoh.conf, write the lines `[main]` and `dns=dnsmasq` into /etc/NetworkManager/conf.d/kubedoh.conf, and run `nmcli general reload`.',
  undo: 'delete both files, and run `nmcli general reload`.',
  limits: () => [
    'It needs the program dnsmasq (on Debian the package dnsmasq-base), which then answers all names of the machine.',
    "A connection's own setting `dns` cannot replace this file, since it takes no port.",
  ],
  unfit: unfitZones,
}

/** A file for the dnsmasq that NetworkManager starts (NetworkManager.conf(5), `dns=dnsmasq`). */
export const networkmanager: Profile = {
  ...about,
  write: (facts) =>
    `${[...commentLines(about, facts), ...dnsmasqLines(forwardZones(facts), reverseZonesOf(facts), facts.stub)].join('\n')}\n`,
}
