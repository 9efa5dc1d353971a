import { dnsReply, testCases } from '../ports.case.ts'
import { rebindingCheck } from './rebinding.ts'

const name = 'web.default.svc.cluster.local'
const known = {
  '127.0.0.1 _snapshot.cluster.local TXT': dnsReply('NOERROR', ['_snapshot.cluster.local TXT "state=fresh"']),
}
const empty = {
  [`127.0.0.1 ${name} A`]: dnsReply('NOERROR'),
  [`127.0.0.1 ${name} AAAA`]: dnsReply('NOERROR'),
}
const answer = { name, zone: 'cluster.local', chain: [name], addresses: ['8.8.8.8'] }

testCases(rebindingCheck, [
  ['the system has the address', { hosts: { [name]: ['10.96.0.10'] } }, 'ok'],
  [
    'the zone is known, and its private addresses are missing',
    { nameservers: { ...known, ...empty } },
    'filtered',
  ],
  ['the zone is not known', { nameservers: empty }, 'other'],
  [
    'the nameserver has the address',
    {
      nameservers: {
        ...known,
        ...empty,
        [`127.0.0.1 ${name} A`]: dnsReply('NOERROR', [`${name} A 10.96.0.10`]),
      },
    },
    'other',
  ],
  ['a public address', {}, 'public', { answer }],
  ['no known nameserver', {}, 'unknown', { resolver: { nameservers: [], isResolved: false } }],
])
