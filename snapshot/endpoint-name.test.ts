import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dashedLabel, isDashedLabel } from './endpoint-name.ts'

test('the label of an address has the spelling of the cluster', () => {
  const labels = [
    ['10.244.1.7', '10-244-1-7'],
    ['fd00::1', 'fd00--1'],
    ['fd00::', 'fd00--0'],
    ['::', '--0'],
    ['::1', '--1'],
    ['FD00:0:0:0:0:0:0:1', 'FD00-0-0-0-0-0-0-1'],
  ]
  for (const [address = '', label] of labels) assert.equal(dashedLabel(address), label)
})

test('a label is recognised without being made', () => {
  const addresses = [
    '10.244.1.7',
    '10.244.1.70',
    '10.244.11.7',
    'fd00::1',
    'fd00::',
    '::',
    '::1',
    'fd00::10',
    'fd00:0:0:1::',
  ]
  const labels = [
    ...addresses.map(dashedLabel),
    'web-0',
    '',
    '-',
    '10-244-1-',
    '10.244.1.7',
    'fd00--',
    'fd00::0',
  ]
  for (const address of addresses)
    for (const label of labels)
      assert.equal(isDashedLabel(label, address), label === dashedLabel(address), `${label} ${address}`)
})
