import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../options/option-table.ts'
import { bridgeOption, bridgePorts } from './bridge-option.ts'

const machine = {
  interfaceOf: (address: string): string | undefined =>
    ({ '172.17.0.1': 'docker0', '192.168.1.5': 'wlan0' })[address],
  isBridge: (name: string): boolean => name === 'docker0',
}

test('the address of a bridge, and a private one that the machine does not have yet', () => {
  assert.equal(bridgeOption('172.17.0.1', machine), '172.17.0.1')
  assert.equal(bridgeOption('172.18.0.1', machine), '172.18.0.1')
  assert.equal(bridgeOption('FD00:0:0::1', machine), 'fd00::1')
})

test('addresses that others could reach are refused, with the reason', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    '192.168.1.5': /the address of wlan0, which is not a bridge, .* --listen takes any address/,
    '203.0.113.7': /not an address of a private network/,
    '8.8.8.8': /not an address of a private network/,
    '0.0.0.0': /not an address of a private network/,
    '127.0.0.1': /not an address of a private network/,
    '::': /not an address of a private network/,
    '172.17.0.1:53': /must be the address of a bridge/,
    docker0: /must be the address of a bridge/,
  }
  for (const [text, message] of Object.entries(refused))
    assert.throws(
      () => bridgeOption(text, machine),
      (error) => error instanceof UsageError && message.test(error.message),
      text,
    )
})

test('the interfaces of this machine: loopback is not a bridge', () => {
  const name = bridgePorts.interfaceOf('127.0.0.1')
  assert.ok(name !== undefined)
  assert.equal(bridgePorts.isBridge(name), false)
  assert.equal(bridgePorts.interfaceOf('192.0.2.250'), undefined)
})
