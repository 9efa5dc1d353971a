import { placesOf } from '../places.ts'
import type { Profile } from './profile.ts'
import { localLimits, unfitLocal, unfitUrl } from './zones.ts'

/**
 * Managed policies of Chromium, Chrome and Edge. The mode is `secure`, since `automatic` stops using an edge that refuses
 * www.gstatic.com.
 */
export const chromium: Profile = {
  id: 'chromium',
  title: 'Chromium, Chrome and Edge policies',
  fileName: 'kubedoh-chromium.json',
  mediaType: 'application/json',
  systems: ['browsers'],
  does: 'Lets the browser ask the edge over HTTPS.',
  install:
    'Copy it to /etc/chromium/policies/managed/ (Chrome: /etc/opt/chrome/policies/managed/, Edge: /etc/opt/edge/policies/managed/), and restart the browser.',
  undo: 'Delete the file, and restart the browser.',
  limits: (facts) => [
    'The browser sends every name to the edge.',
    ...(facts.edge.forward
      ? []
      : [
          "This edge refuses all names but the cluster's; with `kubedoh connect` the browser needs no policy.",
        ]),
    ...localLimits(facts),
  ],
  unfit: (facts) => unfitUrl(facts) ?? unfitLocal(facts),
  write({ dohUrl }) {
    const policy = {
      DnsOverHttpsMode: 'secure',
      DnsOverHttpsTemplates: `${placesOf(dohUrl).doh}{?dns}`,
      BuiltInDnsClientEnabled: true,
    }
    return `${JSON.stringify(policy, undefined, 2)}\n`
  },
}
