import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyAddressBytes } from './arbitrary.case.ts'
import { cidrHas, maskAddress, parseCidr } from './cidr.ts'
import { nameFromText } from './name.ts'
import { parseReverseName } from './reverse.ts'
import { reverseZones } from './reverse-zones.ts'

const zonesOf = (...texts: string[]): string[] => reverseZones(texts.flatMap((text) => parseCidr(text) ?? []))

test('a range that ends at a label is one zone, another one several', () => {
  assert.deepEqual(zonesOf('10.96.0.0/16'), ['96.10.in-addr.arpa'])
  assert.deepEqual(zonesOf('10.96.0.0/15'), ['96.10.in-addr.arpa', '97.10.in-addr.arpa'])
  assert.deepEqual(
    zonesOf('192.0.2.4/30'),
    [4, 5, 6, 7].map((last) => `${last}.2.0.192.in-addr.arpa`),
  )
  assert.deepEqual(zonesOf('192.0.2.1/32'), ['1.2.0.192.in-addr.arpa'])
  assert.equal(zonesOf('10.96.0.0/12').length, 16)
  assert.deepEqual(zonesOf('fd00:10::/32'), ['0.1.0.0.0.0.d.f.ip6.arpa'])
  assert.deepEqual(zonesOf('fd00::/7'), ['c.f.ip6.arpa', 'd.f.ip6.arpa'])
})

test('a zone within another one is left out', () => {
  assert.deepEqual(zonesOf('10.0.0.0/8', '10.96.0.0/16', '10.96.0.0/16'), ['10.in-addr.arpa'])
})

test('property: the zones have all addresses of the range, and no other', () => {
  const anyRange = fc
    .tuple(anyAddressBytes, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([bytes, part]) => {
      const bits = 1 + Math.round(part * (bytes.length * 8 - 1))
      return { bytes: maskAddress(bytes, bits), bits }
    })
  fc.assert(
    fc.property(anyRange, (range) => {
      const zones = reverseZones([range]).map((zone) => parseReverseName(nameFromText(zone)))
      assert.ok(zones.length <= 128)
      assert.ok(zones.every((zone) => zone && zone.bits >= range.bits && cidrHas(range, zone.bytes)))
      // As many addresses as the range has, in zones that do not overlap.
      const parts = zones.reduce((sum, zone) => sum + 2 ** (range.bits - (zone?.bits ?? 0)), 0)
      assert.equal(parts, 1)
      assert.equal(new Set(zones.map((zone) => String(zone?.bytes))).size, zones.length)
    }),
  )
})
