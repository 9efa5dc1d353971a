import type { SetupFacts } from './profile.ts'

/** The facts of a caller with a token, two zones and ranges of both families. */
export const sampleFacts: SetupFacts = {
  dohUrl: 'https://dns.example.com/dns-query/prod-abcdefghijklmnopqrstuvwx23',
  edge: {
    zones: [
      { name: 'cluster.local', cluster: 'prod', primary: true },
      { name: 'prod.k8s.example.com', cluster: 'prod', primary: false },
    ],
    reverse: ['10.96.0.0/15', 'fd00:10::/108'],
    complete: true,
    forward: false,
    expires: '2027-03-01T00:00:00.000Z',
    dot: null,
    path: '/dns-query',
  },
  stub: { host: '127.0.0.1', port: 5053 },
  dnsServers: ['10.0.0.53'],
  resolvers: ['192.0.2.1'],
}

/** The names of the reverse zones of these ranges. */
export const sampleReverse = [
  '96.10.in-addr.arpa',
  '97.10.in-addr.arpa',
  `${'0.'.repeat(19)}0.1.0.0.0.0.d.f.ip6.arpa`,
]

/** Facts with other parts of the edge's list. */
export function factsWith(edge: Partial<SetupFacts['edge']>, rest: Partial<SetupFacts> = {}): SetupFacts {
  return { ...sampleFacts, ...rest, edge: { ...sampleFacts.edge, ...edge } }
}
