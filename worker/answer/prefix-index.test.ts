import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatAddress, parseAddress } from '../../dns/address.ts'
import { anyAddressBytes } from '../../dns/arbitrary.case.ts'
import { maskAddress } from '../../dns/cidr.ts'
import { fold, nameFromText } from '../../dns/name.ts'
import { parseReverseName, type ReversePrefix, reverseName } from '../../dns/reverse.ts'
import { reversePrefix } from '../../snapshot/shard.ts'
import { rootOf } from '../edge.case.ts'
import { hasAddressBelow } from './prefix-index.ts'

const hash = 'A'.repeat(43)
const root = rootOf({
  reverse: { '10.96.0.0': hash, '10.96.255.0': hash, 'fd00:10:96::': hash },
  endpointReverse: { '10.244.1.0': hash, '2001:db8::ff00': hash },
})

function prefix(name: string): ReversePrefix {
  const parsed = parseReverseName(fold(nameFromText(name)))
  assert.ok(parsed, name)
  return parsed
}

const table: readonly (readonly [name: string, isThere: boolean])[] = [
  ['10.in-addr.arpa', true],
  ['96.10.in-addr.arpa', true],
  ['0.96.10.in-addr.arpa', true],
  ['255.96.10.in-addr.arpa', true],
  ['1.96.10.in-addr.arpa', false],
  ['254.96.10.in-addr.arpa', false],
  ['97.10.in-addr.arpa', false],
  ['1.in-addr.arpa', false],
  ['11.in-addr.arpa', false],
  ['1.244.10.in-addr.arpa', true],
  ['d.f.ip6.arpa', true],
  ['d.ip6.arpa', false],
  ['2.ip6.arpa', true],
  ['1.0.0.2.ip6.arpa', true],
  ['6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa', true],
  ['7.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa', false],
  // 0x0a are the first bits of 10.0.0.0, but of no IPv6 address here.
  ['a.0.ip6.arpa', false],
]
for (const [name, isThere] of table) {
  test(`${isThere ? 'an address' : 'no address'} is below ${name}`, () => {
    assert.equal(hasAddressBelow(root, prefix(name)), isThere)
  })
}

test('each root has its own index', () => {
  const empty = rootOf()
  assert.equal(hasAddressBelow(empty, prefix('10.in-addr.arpa')), false)
  assert.equal(hasAddressBelow(rootOf({ reverse: { '10.0.0.0': hash } }), prefix('10.in-addr.arpa')), true)
  assert.equal(hasAddressBelow(empty, prefix('10.in-addr.arpa')), false)
})

/** The canonical text, as in snapshots: an IPv4-mapped address is IPv4. */
const stored = anyAddressBytes.map((bytes) => parseAddress(formatAddress(bytes)) ?? bytes)

test('the index agrees with a scan of all prefixes', () => {
  const cut = fc.nat({ max: 31 })
  fc.assert(
    fc.property(fc.array(stored, { maxLength: 20 }), anyAddressBytes, cut, (list, probe, nibbles) => {
      const wide = rootOf({
        reverse: Object.fromEntries(list.map((bytes) => [reversePrefix(bytes), hash])),
      })
      const unit = probe.length === 4 ? 8 : 4
      const bits = Math.min(nibbles * unit, probe.length * 8 - 8)
      for (const bytes of [probe, ...list.filter((each) => each.length === probe.length)]) {
        const wanted = parseReverseName(reverseName(bytes, bits))
        assert.ok(wanted)
        const isThere = list.some(
          (each) =>
            each.length === bytes.length &&
            Buffer.from(maskAddress(each, bits)).equals(Buffer.from(maskAddress(bytes, bits))),
        )
        assert.equal(hasAddressBelow(wide, wanted), isThere)
      }
    }),
  )
})
