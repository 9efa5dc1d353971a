import { testCases } from '../ports.case.ts'
import { hostCheck } from './host.ts'

const host = 'dns.example.com'
const stub = { '/etc/resolv.conf': 'nameserver 127.0.0.1\n' }
const network = { '/etc/resolv.conf': 'nameserver 192.0.2.53\n' }

testCases(hostCheck, [
  ['a host with addresses', { hosts: { [host]: ['192.0.2.1', '2001:db8::1'] }, files: network }, 'ok'],
  ['an address in the URL', {}, 'literal', { url: new URL('https://[::1]:8443/dns-query') }],
  [
    'found through a nameserver on this machine',
    { hosts: { [host]: ['192.0.2.1'] }, files: stub },
    'throughStub',
  ],
  [
    'localhost is not looked up through it',
    { hosts: { localhost: ['127.0.0.1'] }, files: stub },
    'ok',
    { url: new URL('https://localhost/dns-query') },
  ],
  ['a host that does not exist', { files: stub }, 'unknown'],
  ['no answer', { hosts: { [host]: 'EAI_AGAIN' }, files: network }, 'fails'],
  [
    'no answer from a nameserver on this machine',
    { hosts: { [host]: 'EAI_AGAIN' }, files: stub },
    'stubFails',
  ],
])
