import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleCommands } from './example-commands.ts'

const name = 'web.prod.svc.cluster.local'

test('with a development CA, every command trusts it', () => {
  const commands = exampleCommands({
    url: 'https://[::1]:8443/dns-query',
    caFile: "/tmp/it's here/ca.pem",
    isUnstored: false,
    name,
    command: 'kubedoh',
  })
  const file = "'/tmp/it'\\''s here/ca.pem'"
  assert.deepEqual(commands, [
    `curl -sS --cacert ${file} 'https://[::1]:8443/dns-query?name=${name}&type=A'`,
    `dig @::1 -p 8443 +https=/dns-query +tls-ca=${file} +tls-hostname=localhost ${name} A`,
    `kubedoh query --url 'https://[::1]:8443/dns-query' --ca ${file} ${name}`,
  ])
})

test('with plain HTTP, commands have no CA, and the default port is explicit', () => {
  const commands = exampleCommands({
    url: 'http://127.0.0.1/dns-query',
    caFile: undefined,
    isUnstored: false,
    name,
    command: 'npm run -s kubedoh --',
  })
  assert.deepEqual(commands, [
    `curl -sS 'http://127.0.0.1/dns-query?name=${name}&type=A'`,
    `dig @127.0.0.1 -p 80 +http-plain=/dns-query ${name} A`,
    `npm run -s kubedoh -- query --url http://127.0.0.1/dns-query ${name}`,
  ])
})

test('with a CA that is not stored, commands do not verify the certificate', () => {
  const commands = exampleCommands({
    url: 'https://127.0.0.1:8443/dns-query',
    caFile: undefined,
    isUnstored: true,
    name,
    command: 'kubedoh',
  })
  assert.deepEqual(commands, [
    `curl -sS --insecure 'https://127.0.0.1:8443/dns-query?name=${name}&type=A'`,
    `dig @127.0.0.1 -p 8443 +https=/dns-query ${name} A`,
  ])
})
