import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatAddress } from '../../dns/address.ts'
import { reversePrefix } from '../../snapshot/shard.ts'
import { inPrefix, prefixOf } from './address-shards.ts'

/** Bytes with many zeros, since runs of zeros decide how an address is written. */
const byte = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(255))
const sparse = fc.array(byte, { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list))
const dense = fc.uint8Array({ minLength: 16, maxLength: 16 })
const ipv6 = fc.oneof(sparse, dense)
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 })

/** Two addresses, which have the same prefix in half of the cases. */
const pairs = fc.oneof(
  fc.tuple(fc.oneof(ipv6, ipv4), byte).map(([bytes, last]) => [bytes, bytes.with(bytes.length - 1, last)]),
  fc.tuple(ipv6, fc.nat(15), byte).map(([bytes, at, value]) => [bytes, bytes.with(at, value)]),
  fc.tuple(ipv6, ipv6),
  fc.tuple(ipv4, ipv4),
)

test('an address belongs to a prefix exactly if the prefix of the address is that one', () => {
  fc.assert(
    fc.property(pairs, ([one, other]) => {
      const [address, neighbour] = [formatAddress(one), formatAddress(other)]
      const prefix = prefixOf(address)
      assert.equal(inPrefix(prefix)(neighbour), prefixOf(neighbour) === prefix, `${neighbour} in ${prefix}`)
    }),
    { numRuns: 3_000 },
  )
})

test('the prefix of an address is its canonical text with the last byte zero', () => {
  fc.assert(
    fc.property(fc.oneof(ipv6, ipv4), (bytes) => {
      assert.equal(prefixOf(formatAddress(bytes)), reversePrefix(bytes))
    }),
    { numRuns: 5_000 },
  )
})

test('the address that ends in zero belongs to its prefix where its run of zeros is another', () => {
  const isIn = inPrefix('2001:db8:0:0:1::')
  for (const address of ['2001:db8:0:0:1::', '2001:db8::1:0:0:5', '2001:db8::1:0:0:ff'])
    assert.ok(isIn(address), address)
  for (const address of ['2001:db8::1:0:0:100', '2001:db8::1:0:1:5', '2001:db8:0:0:1:1::'])
    assert.ok(!isIn(address), address)
})
