import { dnsReply, reply, testCases } from '../ports.case.ts'
import { ptrCheck } from './ptr.ts'

const reverse = '10.0.96.10.in-addr.arpa.'
const record = '10.0.96.10.in-addr.arpa PTR web.default.svc.cluster.local'
const edge = { [`${reverse} PTR`]: reply('NOERROR', [record]) }

testCases(ptrCheck, [
  [
    'both have it',
    { edge, nameservers: { [`127.0.0.1 ${reverse} PTR`]: dnsReply('NOERROR', [record]) } },
    'ok',
  ],
  [
    'the nameserver lacks it',
    { edge, nameservers: { [`127.0.0.1 ${reverse} PTR`]: dnsReply('NXDOMAIN') } },
    'edgeOnly',
  ],
  ['the nameserver does not answer', { edge }, 'edgeOnly'],
  ['no known nameserver', { edge }, 'edge', { resolver: { nameservers: [], isResolved: false } }],
  ['the edge lacks it', {}, 'none'],
  ['no address', {}, 'noAddress', { answer: { name: 'a', zone: undefined, chain: ['a'], addresses: [] } }],
])
