import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatAddress, parseAddress } from './address.ts'
import { anyAddressBytes, anyFoldedName } from './arbitrary.case.ts'
import { cidrHas, maskAddress } from './cidr.ts'
import { labelStarts, nameFromText, nameToText, root } from './name.ts'
import { isReverseName, isWholeAddress, parseReverseName, reverseName, reverseNameOf } from './reverse.ts'

const nibbles = 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'

test('an address has one reverse name', () => {
  assert.equal(nameToText(reverseNameOf('10.96.0.1') ?? ''), '1.0.96.10.in-addr.arpa.')
  assert.equal(nameToText(reverseNameOf('2001:db8::567:89ab') ?? ''), `${nibbles}.ip6.arpa.`)
  assert.equal(nameToText(reverseNameOf('::ffff:10.96.0.1') ?? ''), '1.0.96.10.in-addr.arpa.')
  assert.equal(reverseNameOf('nonsense'), undefined)
})

test('a reverse name gives the leading bits of an address', () => {
  const cases: readonly (readonly [name: string, address: string, bits: number])[] = [
    ['1.0.96.10.in-addr.arpa', '10.96.0.1', 32],
    ['0.96.10.in-addr.arpa', '10.96.0.0', 24],
    ['10.in-addr.arpa', '10.0.0.0', 8],
    ['in-addr.arpa', '0.0.0.0', 0],
    ['255.255.255.255.in-addr.arpa', '255.255.255.255', 32],
    [`${nibbles}.ip6.arpa`, '2001:db8::567:89ab', 128],
    ['8.b.d.0.1.0.0.2.ip6.arpa', '2001:db8::', 32],
    ['d.f.ip6.arpa', 'fd00::', 8],
    ['f.ip6.arpa', 'f000::', 4],
    ['ip6.arpa', '::', 0],
  ]
  for (const [text, address, bits] of cases) {
    const prefix = parseReverseName(nameFromText(text))
    assert.ok(prefix, text)
    assert.equal(formatAddress(prefix.bytes), address, text)
    assert.equal(prefix.bits, bits, text)
    assert.equal(prefix.family, text.includes('ip6') ? 6 : 4)
  }
})

test('names in the reverse tree that are no address prefix', () => {
  const inside = [
    '1.1.0.96.10.in-addr.arpa',
    '256.in-addr.arpa',
    '01.in-addr.arpa',
    'a.in-addr.arpa',
    '-1.in-addr.arpa',
    '1e1.in-addr.arpa',
    '10.ip6.arpa',
    'g.ip6.arpa',
    `0.${nibbles}.ip6.arpa`,
    '_tcp.10.in-addr.arpa',
  ]
  for (const text of inside) {
    const name = nameFromText(text)
    assert.equal(parseReverseName(name), undefined, text)
    assert.equal(isReverseName(name), true, text)
  }
  // A label that ends as the zone begins, and a dot that is part of a label.
  const outside = [
    nameFromText('1.xin-addr.arpa'),
    nameFromText('arpa'),
    nameFromText('in-addr.arpa.example'),
    nameFromText('1.ip6.arp'),
    '\x0cin-addr.arpa\0',
    '\x0ex\x07in-addr\x04arpa\0',
    root,
  ]
  for (const name of outside) {
    assert.equal(parseReverseName(name), undefined, nameToText(name))
    assert.equal(isReverseName(name), false, nameToText(name))
  }
  assert.equal(parseReverseName('\x03\x31.0\x07in-addr\x04arpa\0'), undefined)
})

test('property: the name of every prefix of an address is read as that prefix', () => {
  fc.assert(
    fc.property(anyAddressBytes, fc.nat(32), (bytes, length) => {
      const bits = bytes.length === 4 ? Math.min(4, length) * 8 : length * 4
      const name = reverseName(bytes, bits)
      const prefix = parseReverseName(name)
      assert.ok(prefix)
      assert.deepEqual(prefix.bytes, maskAddress(bytes, bits))
      assert.equal(prefix.bits, bits)
      assert.equal(isWholeAddress(prefix), bits === bytes.length * 8)
      assert.equal(isReverseName(name), true)
    }),
  )
})

test('property: the reverse name of an address in any spelling is read as that address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const bytes = parseAddress(text)
      assert.ok(bytes)
      const prefix = parseReverseName(reverseNameOf(text) ?? '')
      assert.deepEqual(prefix, { family: bytes.length === 4 ? 4 : 6, bytes, bits: bytes.length * 8 })
      // A partial name covers the address, one label less at a time.
      const name = reverseNameOf(text) ?? ''
      const perLabel = bytes.length === 4 ? 8 : 4
      for (let cut = 1; cut * perLabel <= bytes.length * 8; cut++) {
        const parent = parseReverseName(name.slice(labelStarts(name)[cut]))
        assert.ok(parent)
        assert.equal(parent.bits, bytes.length * 8 - cut * perLabel)
        assert.equal(cidrHas(parent, bytes), true)
      }
    }),
  )
})

test('property: no name causes an exception', () => {
  fc.assert(
    fc.property(anyFoldedName, fc.constantFrom('in-addr.arpa', 'ip6.arpa'), (name, zone) => {
      const below = name.slice(0, -1) + nameFromText(zone)
      for (const each of [name, below]) {
        const prefix = parseReverseName(each)
        if (prefix) assert.equal(reverseName(prefix.bytes, prefix.bits), each)
      }
      assert.equal(isReverseName(below), true)
    }),
  )
})
