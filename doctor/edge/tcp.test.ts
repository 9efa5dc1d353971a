import { testCases } from '../ports.case.ts'
import { tcpCheck } from './tcp.ts'

const at = '192.0.2.1:443'

testCases(tcpCheck, [
  ['an open port', { connections: { [at]: 'open' } }, 'ok'],
  [
    'one of two addresses',
    { connections: { [at]: 'refused', '192.0.2.2:443': 'open' } },
    'ok',
    { edgeAddresses: ['192.0.2.1', '192.0.2.2'] },
  ],
  ['nothing listens', { connections: { [at]: 'refused' } }, 'refused'],
  ['packets are dropped', { connections: { [at]: 'silent' } }, 'silent'],
  ['no route', { connections: { [at]: 'unreachable' } }, 'unreachable'],
  ['another failure', { connections: { [at]: 'failed' } }, 'failed'],
  [
    'the port of the URL',
    { connections: { '192.0.2.1:8443': 'open' } },
    'ok',
    { url: new URL('https://dns.example.com:8443/dns-query') },
  ],
])
