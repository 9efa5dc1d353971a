import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from './address.ts'
import { isPrivateAddress, privateRanges } from './private-ranges.ts'

const isPrivate = (text: string): boolean => isPrivateAddress(parseAddress(text) ?? new Uint8Array())

test('every range of the list is one', () => assert.equal(privateRanges.length, 16))

test('the first and the last address of a private range are private, their neighbours are public', () => {
  const privates = [
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '100.64.0.0',
    '100.127.255.255',
  ]
  const publics = [
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
  ]
  for (const text of [...privates, '::', '::1', 'fc00::', 'fdff::1', 'fe80::1', 'febf::1', '2001:db8::1'])
    assert.equal(isPrivate(text), true, text)
  for (const text of [...publics, '8.8.8.8', '::2', 'fbff::1', 'fec0::', '2001:db9::', '2606:4700::1111'])
    assert.equal(isPrivate(text), false, text)
})

test('an IPv4-mapped address is as private as its IPv4 address', () => {
  assert.equal(isPrivate('::ffff:10.0.0.1'), true)
  assert.equal(isPrivate('::ffff:8.8.8.8'), false)
})
