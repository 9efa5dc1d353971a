import { placesOf } from '../places.ts'
import type { Profile } from './profile.ts'
import { localLimits, unfitLocal, unfitUrl } from './zones.ts'

/**
 * Enterprise policies of Firefox. Without `allow-rfc1918` Firefox drops the private addresses of Services. `Fallback` is
 * off, since with it Firefox asks for example.com first and stops using an edge that refuses it.
 */
export const firefox: Profile = {
  id: 'firefox',
  title: 'Firefox policies',
  fileName: 'policies.json',
  mediaType: 'application/json',
  systems: ['browsers'],
  does: 'Lets Firefox ask the edge over HTTPS.',
  install:
    "Copy it to /etc/firefox/policies/policies.json, on Windows and macOS to `distribution` in Firefox's own folder, and restart Firefox.",
  undo: 'Delete the file, and restart Firefox.',
  limits: (facts) => [
    'Firefox sends every name to the edge.',
    ...(facts.edge.forward
      ? []
      : [
          "This edge refuses all names but the cluster's: use the policy in a Firefox of its own, or `kubedoh connect`, with which Firefox needs no policy.",
        ]),
    ...localLimits(facts),
  ],
  unfit: (facts) => unfitUrl(facts) ?? unfitLocal(facts),
  write({ dohUrl }) {
    const DNSOverHTTPS = { Enabled: true, ProviderURL: placesOf(dohUrl).doh, Fallback: false, Locked: true }
    const Preferences = { 'network.trr.allow-rfc1918': { Value: true, Status: 'locked' } }
    return `${JSON.stringify({ policies: { DNSOverHTTPS, Preferences } }, undefined, 2)}\n`
  },
}
