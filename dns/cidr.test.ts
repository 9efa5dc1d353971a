import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatAddress, parseAddress } from './address.ts'
import { anyAddressBytes } from './arbitrary.case.ts'
import { cidrHas, formatCidr, maskAddress, parseCidr } from './cidr.ts'

test('a range is read, and its host bits are cleared', () => {
  const texts = [
    ['10.96.0.0/16', '10.96.0.0/16'],
    ['10.96.12.7/12', '10.96.0.0/12'],
    ['10.1.2.3/31', '10.1.2.2/31'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['FD00:1::5/64', 'fd00:1::/64'],
    ['2001:db8::ff/121', '2001:db8::80/121'],
    ['::1/128', '::1/128'],
  ]
  for (const [text = '', canonical] of texts) {
    const cidr = parseCidr(text)
    assert.ok(cidr, text)
    assert.equal(formatCidr(cidr), canonical)
  }
})

test('other texts are not ranges', () => {
  const texts = [
    '',
    '/',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.0/8 ',
    '10.0.0.0/1e1',
    '::/129',
    '::1',
    '/8',
    '::ffff:10.0.0.0/104',
    '::ffff:10.0.0.0/24',
    'fe80::1%eth0/64',
  ]
  for (const text of texts) assert.equal(parseCidr(text), undefined, text)
})

test('a range contains no address of the other family', () => {
  const all = parseCidr('0.0.0.0/0')
  assert.ok(all)
  assert.equal(cidrHas(all, parseAddress('::') ?? new Uint8Array()), false)
  const all6 = parseCidr('::/0')
  assert.ok(all6)
  assert.equal(cidrHas(all6, parseAddress('0.0.0.0') ?? new Uint8Array()), false)
})

test("property: a range contains the same addresses as Node's BlockList", () => {
  fc.assert(
    fc.property(anyAddressBytes, anyAddressBytes, fc.nat(128), fc.nat(15), (base, other, length, flipped) => {
      const bits = Math.min(length, base.length * 8)
      const family = base.length === 4 ? 'ipv4' : 'ipv6'
      const cidr = { bytes: maskAddress(base, bits), bits }
      // An address near the range, too: one byte away.
      const near = base.map((byte, index) => (index === flipped % base.length ? byte ^ 0x10 : byte))
      const list = new BlockList()
      list.addSubnet(formatAddress(base), bits, family)
      for (const address of [base, near, other]) {
        if (address.length !== base.length) continue
        assert.equal(cidrHas(cidr, address), list.check(formatAddress(address), family))
      }
    }),
  )
})

test('property: masking keeps the first bits and clears the rest', () => {
  const binary = (bytes: Uint8Array): string =>
    [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  fc.assert(
    fc.property(anyAddressBytes, fc.nat(128), (bytes, length) => {
      const bits = Math.min(length, bytes.length * 8)
      const text = binary(bytes)
      assert.equal(binary(maskAddress(bytes, bits)), text.slice(0, bits).padEnd(text.length, '0'))
    }),
  )
})
