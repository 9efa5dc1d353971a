import { placesOf } from '../places.ts'
import { commentLines } from './comment.ts'
import type { About, Profile, SetupFacts } from './profile.ts'
import { forwardZones, reverseZonesOf, unfitZones } from './zones.ts'

const about: About = {
  id: 'dnsproxy',
  title: 'dnsproxy configuration',
  fileName: 'dnsproxy.yaml',
  mediaType: 'application/yaml',
  systems: ['linux', 'macos', 'windows'],
  does: "Lets AdGuard's dnsproxy, as a resolver on this machine, ask the edge for the names of the cluster's zones.",
  install:
    'save it with mode 0600, since it contains the token, and run `dnsproxy --config-path=dnsproxy.yaml`.',
  undo: 'end dnsproxy.',
  limits: ({ resolvers, edge }) => [
    ...(resolvers.length > 0 || edge.forward
      ? []
      : [
          'Other names are sent to the edge too, which refuses them: send only the zones to dnsproxy, or name your own resolver with --resolver.',
        ]),
    "dnsproxy looks up the edge's host name with the system's resolver, so it cannot be the only nameserver of the system.",
  ],
  unfit: unfitZones,
}

/** A configuration file of dnsproxy. `use-private-rdns` is needed for the reverse names of private addresses. */
export const dnsproxy: Profile = {
  ...about,
  write: (facts) => `${[...commentLines(about, facts), ...configLines(facts)].join('\n')}\n`,
}

function configLines(facts: SetupFacts): string[] {
  const { resolvers, stub } = facts
  const { doh } = placesOf(facts.dohUrl)
  const usual = resolvers.length > 0 ? resolvers : [doh]
  const serverLines = (zones: readonly string[]): string[] =>
    [...usual, ...(zones.length > 0 ? [`[/${zones.join('/')}/]${doh}`] : [])].map(
      (server) => `  - ${quoted(server)}`,
    )
  return [
    'listen-addrs:',
    `  - ${quoted(stub.host)}`,
    'listen-ports:',
    `  - ${stub.port}`,
    'upstream:',
    ...serverLines(forwardZones(facts)),
    'use-private-rdns: true',
    'private-rdns-upstream:',
    ...serverLines(reverseZonesOf(facts)),
  ]
}

/** A text as a YAML scalar: JSON's strings are double-quoted scalars (YAML 1.2 §7.3.1). */
function quoted(text: string): string {
  return JSON.stringify(text)
}
