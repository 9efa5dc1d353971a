import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testPorts } from '../ports.case.ts'
import { readResolvedConf, readResolvedFiles } from './resolved-conf.ts'

test('servers and domains are those of the section Resolve; an empty value clears', () => {
  const text =
    '[Match]\nDNS=192.0.2.1\n[Resolve]\n#DNS=192.0.2.2\nDNS=192.0.2.3\nDNS=\nDNS = 127.0.0.1:5355 ::1\nDomains=~cluster.local lan\n'
  assert.deepEqual(readResolvedConf(text), {
    servers: ['127.0.0.1:5355', '::1'],
    domains: ['~cluster.local', 'lan'],
  })
})

test('drop-ins come after resolved.conf, by their names, the one in /etc hiding those of the same name', async () => {
  const files = {
    '/run/systemd/resolved.conf.d/a.conf': '[Resolve]\nDNS=192.0.2.9\n',
    '/etc/systemd/resolved.conf.d/b.conf': '[Resolve]\nDNS=192.0.2.2\n',
    '/etc/systemd/resolved.conf.d/a.conf': '[Resolve]\nDNS=192.0.2.1\n',
    '/etc/systemd/resolved.conf.d/c.txt': '[Resolve]\nDNS=192.0.2.3\n',
    '/etc/systemd/resolved.conf': '',
  }
  const read = await readResolvedFiles(testPorts({ files }))
  assert.deepEqual(
    read.map(({ path, servers }) => [path.split('/').slice(-1)[0], ...servers]),
    [['resolved.conf'], ['a.conf', '192.0.2.1'], ['b.conf', '192.0.2.2']],
  )
})
