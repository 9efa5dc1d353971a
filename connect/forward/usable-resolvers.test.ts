import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResolver, resolverText } from './resolver.ts'
import { usableResolvers } from './usable-resolvers.ts'

function usable(texts: readonly string[], own: readonly string[] = []): string[] {
  return usableResolvers(
    texts.flatMap((text) => parseResolver(text) ?? []),
    own,
  ).map(resolverText)
}

test('loopback, unspecified, multicast and Windows’ site-local addresses are left out', () => {
  const never = [
    ...['127.0.0.1', '127.0.0.53', '127.0.0.54:53', '127.255.255.254:5300', '::1', '[::1]:5355'],
    ...['0.0.0.0', '::', '224.0.0.251:5353', 'ff02::fb', '255.255.255.255', '::ffff:127.0.0.1'],
    ...['fec0:0:0:ffff::1%1', 'fec0:0:0:ffff::2%1', 'fec0:0:0:ffff::3'],
  ]
  assert.deepEqual(usable(never), [])
  assert.deepEqual(usable([...never, '192.0.2.1']), ['192.0.2.1'])
})

test('addresses of this machine are left out, with any port and in any spelling', () => {
  const own = ['192.168.1.7', 'fd00:0:0::7', 'fe80::a%eth0', '172.17.0.1']
  const never = ['192.168.1.7', '192.168.1.7:5355', '[FD00::7]:53', 'fe80::a%wlan0', '::ffff:172.17.0.1']
  assert.deepEqual(usable([...never, '192.168.1.1', 'fe80::b%eth0'], own), ['192.168.1.1', 'fe80::b%eth0'])
})

test('each resolver is used once, and at most eight', () => {
  assert.deepEqual(usable(['192.0.2.1', '192.0.2.1:53', '192.0.2.1:54']), ['192.0.2.1', '192.0.2.1:54'])
  const many = Array.from({ length: 20 }, (_, at) => `192.0.2.${at + 1}`)
  assert.deepEqual(usable(many), many.slice(0, 8))
})
