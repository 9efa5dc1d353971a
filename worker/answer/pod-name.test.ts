import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalAddress } from '../../dns/address.ts'
import { parsePodLabel } from './pod-name.ts'

const spelt: readonly (readonly [label: string, address: string, isCanonical: boolean])[] = [
  ['10-244-1-5', '10.244.1.5', true],
  ['0-0-0-0', '0.0.0.0', true],
  ['fd00-10-244--1', 'fd00:10:244::1', true],
  ['fd00-10-244-0-0-0-0-1', 'fd00:10:244::1', false],
  ['fd00-010-244--1', 'fd00:10:244::1', false],
  ['--1', '::1', true],
  ['fd00--', 'fd00::', true],
  // Three dashes, two of them adjacent: IPv6.
  ['1--2-3', '1::2:3', true],
  ['--ffff-a00-1', '10.0.0.1', false],
]
for (const [label, address, isCanonical] of spelt) {
  test(`${label} spells ${address}${isCanonical ? '' : ', not canonically'}`, () =>
    assert.deepEqual(parsePodLabel(label), { address, isCanonical }))
}

const none = [
  '',
  '-',
  'web',
  '10-244-1',
  '10-244-1-5-',
  '010-244-1-5',
  '300-1-1-1',
  'a-b-c-d',
  '1--2--3',
  '1-2-3-4-5-6-7-8-9',
  '10.244.1.5',
  '--ffff-10.0.0.1',
  'fe80--1%eth0',
  'FD00--1',
  '\uff11-1-1-1',
]
for (const label of none) {
  test(`${JSON.stringify(label)} spells no address`, () => assert.equal(parsePodLabel(label), undefined))
}

test('the canonical text of every address spells that address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = canonicalAddress(text) ?? ''
      assert.deepEqual(parsePodLabel(address.replaceAll(/[.:]/g, '-')), { address, isCanonical: true })
    }),
  )
})
