import { dnsReply, testCases } from '../ports.case.ts'
import { loopCheck } from './loop.ts'

const other = { resolver: { nameservers: ['192.0.2.53'], isResolved: false } }

testCases(loopCheck, [
  ['NXDOMAIN for a random name', { nameservers: { '127.0.0.1 probe A': dnsReply('NXDOMAIN') } }, 'ok'],
  ['no answer from a stub', {}, 'loop'],
  ['SERVFAIL from a stub', { nameservers: { '127.0.0.1 probe A': dnsReply('SERVFAIL') } }, 'loop'],
  ['no answer from the network', {}, 'silent', other],
  ['no known nameserver', {}, 'unknown', { resolver: { nameservers: [], isResolved: false } }],
])
