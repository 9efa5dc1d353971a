import { placesOf } from '../places.ts'
import { expiryLines } from './comment.ts'
import { plistText } from './plist.ts'
import type { About, Profile, SetupFacts } from './profile.ts'
import { stableUuid } from './stable-uuid.ts'
import { localLimits, openZones, reverseZonesOf, unfitLocal, unfitUrl } from './zones.ts'

const about: About = {
  id: 'mobileconfig',
  title: 'Apple configuration profile',
  fileName: 'kubedoh.mobileconfig',
  mediaType: 'application/x-apple-aspen-config',
  systems: ['ios', 'macos'],
  does: "Sends the names of the cluster's zones to the edge over HTTPS; all other names go where they went before.",
  install:
    'On an iPhone or iPad, download it with Safari, then Settings, Profile Downloaded, Install. On a Mac, open it, then System Settings, General, Device Management.',
  undo: 'Remove the profile under Settings, General, VPN & Device Management; on a Mac under System Settings, General, Device Management.',
  limits: (facts) => [
    ...localLimits(facts),
    'While a VPN is connected, its own name servers usually answer instead; afterwards the profile may have no effect until the device restarts.',
    'While the profile is installed, macOS ignores files in /etc/resolver, which `kubedoh connect --install` writes.',
    'The edge needs a certificate of a public CA.',
    'dig and nslookup do not use the profile.',
  ],
  unfit: (facts) => unfitUrl(facts) ?? unfitLocal(facts),
}

/**
 * A configuration profile for Apple's systems with the payload `com.apple.dnsSettings.managed`. Its identifiers follow from
 * the edge's address and the clusters, so that a newer profile, also one with another token, replaces the former one.
 * `PayloadScope` is System, since macOS 26.1 installs no other profile of this kind.
 */
export const mobileconfig: Profile = { ...about, write: writeMobileconfig }

async function writeMobileconfig(facts: SetupFacts): Promise<string> {
  const { origin, doh, token } = placesOf(facts.dohUrl)
  const place = token === '' ? doh : doh.slice(0, -token.length - 1)
  const clusters = [...new Set(facts.edge.zones.map(({ cluster }) => cluster))].toSorted()
  const uuid = await stableUuid(`${place} ${clusters.join(',')}`)
  const dnsUuid = await stableUuid(`${place} ${clusters.join(',')} dns`)
  const { host } = new URL(origin)
  return plistText({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: `kubedoh.${uuid}`,
    PayloadUUID: uuid,
    PayloadDisplayName: `Cluster names of ${clusters.join(', ')} by ${host}`,
    PayloadDescription: [about.does, ...about.limits(facts), ...expiryLines(facts)].join(' '),
    PayloadScope: 'System',
    PayloadRemovalDisallowed: false,
    PayloadContent: [
      {
        PayloadType: 'com.apple.dnsSettings.managed',
        PayloadVersion: 1,
        PayloadIdentifier: `kubedoh.${uuid}.dns`,
        PayloadUUID: dnsUuid,
        PayloadDisplayName: `DNS over HTTPS of ${host}`,
        DNSSettings: {
          DNSProtocol: 'HTTPS',
          ServerURL: doh,
          SupplementalMatchDomains: [...openZones(facts), ...reverseZonesOf(facts)],
        },
      },
    ],
  })
}
