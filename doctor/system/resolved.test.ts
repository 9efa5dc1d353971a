import { testCases } from '../ports.case.ts'
import { resolvedCheck } from './resolved.ts'

const resolver = { nameservers: ['127.0.0.53'], isResolved: true }
const own = {
  '/etc/systemd/resolved.conf.d/kubedoh.conf': '[Resolve]\nDNS=127.0.0.1:5355\nDomains=~cluster.local\n',
}
const runs = { '/run/systemd/resolve/stub-resolv.conf': 'nameserver 127.0.0.53\n' }

testCases(resolvedCheck, [
  ['the drop-in alone', { files: { ...own, ...runs } }, 'ok', { resolver }],
  ['not used', {}, 'unused'],
  ['no drop-in', { files: runs }, 'noZone', { resolver }],
  [
    'a global server in another file',
    { files: { ...own, ...runs, '/etc/systemd/resolved.conf': '[Resolve]\nDNS=192.0.2.53\n' } },
    'foreign',
    { resolver },
  ],
  [
    'a plain resolv.conf',
    { files: { ...own, ...runs } },
    'resolvConf',
    { resolver: { nameservers: ['192.0.2.53'], isResolved: false } },
  ],
])
