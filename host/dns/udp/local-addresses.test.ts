import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { type Interfaces, localAddresses } from './local-addresses.ts'

const v4 = (address: string) => ({
  ...{ address, netmask: '', mac: '', internal: false, cidr: null },
  family: 'IPv4' as const,
})
const v6 = (address: string, scopeid = 0) => ({ ...v4(address), family: 'IPv6' as const, scopeid })
const interfaces: Interfaces = {
  lo: [v4('127.0.0.1'), v6('::1')],
  eth0: [v4('10.0.0.5'), v4('10.0.0.6'), v6('2600::5'), v6('fe80::5', 2)],
  gone: undefined,
}

test('an address stands for itself', () => {
  for (const host of ['10.0.0.5', '192.0.2.1', '::1'])
    assert.deepEqual(localAddresses(host, interfaces), [host])
})

test('0.0.0.0 stands for all IPv4 addresses, and :: for those of both families', () => {
  assert.deepEqual(localAddresses('0.0.0.0', interfaces), ['10.0.0.5', '10.0.0.6', '127.0.0.1'])
  assert.deepEqual(localAddresses('::', interfaces), [
    ...['10.0.0.5', '10.0.0.6', '127.0.0.1'],
    ...['2600::5', '::1', 'fe80::5%eth0'],
  ])
})

test('the interfaces of this machine have loopback', () => {
  assert.ok(localAddresses('::', networkInterfaces()).includes('127.0.0.1'))
})
