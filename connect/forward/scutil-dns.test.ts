import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolverText } from './resolver.ts'
import { readScutilDns } from './scutil-dns.ts'

const addresses = (text: string): string[] => readScutilDns(text).map(resolverText)

const atHome = `DNS configuration

resolver #1
  search domain[0] : fritz.box
  nameserver[0] : fd00::2665:11ff:fe22:3344
  nameserver[1] : fe80::2665:11ff:fe22:3344%en0
  nameserver[2] : 192.168.178.1
  if_index : 14 (en0)
  flags    : Request A records, Request AAAA records
  reach    : 0x00020002 (Reachable,Directly Reachable Address)

resolver #2
  domain   : local
  options  : mdns
  timeout  : 5
  flags    : Request A records, Request AAAA records
  reach    : 0x00000000 (Not Reachable)
  order    : 300000

resolver #3
  domain   : 254.169.in-addr.arpa
  options  : mdns
  timeout  : 5
  flags    : Request A records, Request AAAA records
  reach    : 0x00000000 (Not Reachable)
  order    : 300200

DNS configuration (for scoped queries)

resolver #1
  search domain[0] : fritz.box
  nameserver[0] : 192.0.2.99
  if_index : 14 (en0)
  flags    : Scoped, Request A records, Request AAAA records
  reach    : 0x00020002 (Reachable,Directly Reachable Address)
`

test('the resolvers for all names, without multicast DNS and scoped ones', () => {
  assert.deepEqual(addresses(atHome), [
    'fd00::2665:11ff:fe22:3344',
    'fe80::2665:11ff:fe22:3344%en0',
    '192.168.178.1',
  ])
})

test('resolvers for one domain are left out: a VPN’s, and a file in /etc/resolver with its port', () => {
  const text = `DNS configuration

resolver #1
  nameserver[0] : 1.1.1.1
  nameserver[1] : 8.8.8.8
  if_index : 14 (en0)
  flags    : Request A records
  reach    : 0x00000002 (Reachable)

resolver #2
  domain   : corp.example
  nameserver[0] : 100.100.100.100
  if_index : 34 (utun12)
  flags    : Supplemental, Request A records, Request AAAA records
  reach    : 0x00000003 (Reachable,Transient Connection)
  order    : 101200

resolver #3
  domain   : cluster.local
  nameserver[0] : 127.0.0.1
  port     : 5355
  flags    : Request A records, Request AAAA records
  reach    : 0x00030002 (Reachable,Local Address,Directly Reachable Address)
`
  assert.deepEqual(addresses(text), ['1.1.1.1', '8.8.8.8'])
})

test('a port is read, whether it is before the addresses or after them', () => {
  const text =
    'DNS configuration\n\nresolver #1\n  port     : 5353\n  nameserver[0] : 192.0.2.1\n  nameserver[1] : fe80::1%en0\n'
  assert.deepEqual(addresses(text), ['192.0.2.1:5353', '[fe80::1%en0]:5353'])
})

test('without a network there are none', () => {
  assert.deepEqual(addresses('No DNS configuration available\n'), [])
  assert.deepEqual(addresses(''), [])
})
