import { dnsReply, testCases } from '../ports.case.ts'
import { resolverCheck } from './resolver.ts'

const conf = (...servers: readonly string[]) => ({
  files: { '/etc/resolv.conf': `search lan\n${servers.map((server) => `nameserver ${server}\n`).join('')}` },
  nameservers: Object.fromEntries(servers.map((server) => [`${server} probe A`, dnsReply('NXDOMAIN')])),
})

testCases(resolverCheck, [
  ['a nameserver of the network', conf('192.0.2.53', '192.0.2.54'), 'ok'],
  ['a stub alone', conf('127.0.0.1'), 'ok'],
  ['systemd-resolved', conf('127.0.0.53'), 'resolved'],
  ['no file', { platform: 'win32' }, 'otherSystem'],
  ['an empty file', { files: { '/etc/resolv.conf': '# nothing\n' } }, 'none'],
  [
    'a stub that does not run',
    {
      ...conf('127.0.0.1'),
      nameservers: { '127.0.0.1 probe A': { failed: 'CONNECT_REFUSED', reason: 'refused' } },
    },
    'dead',
  ],
  ['a stub and another one', conf('127.0.0.1', '192.0.2.53'), 'beside'],
])
