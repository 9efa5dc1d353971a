import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testPorts } from '../ports.case.ts'
import { readResolvedFiles } from './resolved-conf.ts'

test('each file has its servers and domains; an empty value clears those before it', async () => {
  const files = {
    '/run/systemd/resolved.conf.d/b.conf':
      '[Resolve]\nDNS=\nDNS = 127.0.0.1:5355 ::1\nDomains=~cluster.local lan\n',
    '/etc/systemd/resolved.conf':
      '[Match]\nDNS=192.0.2.1\n[Resolve]\n#DNS=192.0.2.2\nDNS=192.0.2.3\nDomains=corp\n',
  }
  assert.deepEqual(await readResolvedFiles(testPorts({ files }).disk), [
    { path: '/etc/systemd/resolved.conf', servers: [], domains: ['corp'] },
    {
      path: '/run/systemd/resolved.conf.d/b.conf',
      servers: ['127.0.0.1:5355', '::1'],
      domains: ['~cluster.local', 'lan'],
    },
  ])
})
