import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalAddress, parseAddress } from '../dns/address.ts'
import { anyAddress } from './arbitrary.case.ts'
import { reversePrefix, shardBits, shardOf } from './shard.ts'

const kib = 1024

test('shards double above a mean of 24 KiB and halve below 8 KiB', () => {
  assert.equal(shardBits(0, 0), 0)
  assert.equal(shardBits(24 * kib, 0), 0)
  assert.equal(shardBits(24 * kib + 1, 0), 1)
  assert.equal(shardBits(1024 * kib, 0), 6)
  assert.equal(shardBits(8 * 16 * kib, 4), 4)
  assert.equal(shardBits(8 * 16 * kib - 1, 4), 3)
  assert.equal(shardBits(0, 7), 0)
})

test('between the two limits the number of shards does not change', () => {
  for (const bits of [0, 1, 4, 9]) {
    for (const mean of [8 * kib, 16 * kib, 24 * kib]) assert.equal(shardBits(mean * 2 ** bits, bits), bits)
  }
})

test('there are never more than 4,096 shards', () => {
  assert.equal(shardBits(Number.MAX_SAFE_INTEGER, 0), 12)
  assert.equal(shardBits(200 * kib * kib, 12), 12)
})

test('property: applying the rule twice changes nothing more, and the mean is within bounds', () => {
  fc.assert(
    fc.property(fc.nat(96 * kib * kib), fc.nat(12), (bytes, stored) => {
      const bits = shardBits(bytes, stored)
      assert.equal(shardBits(bytes, bits), bits)
      const mean = bytes / 2 ** bits
      assert.ok(mean <= 24 * kib)
      assert.ok(bits === 0 || mean >= 8 * kib)
    }),
  )
})

test('property: a family that grows and shrinks by a tenth keeps its number of shards', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 * kib * kib }), (bytes) => {
      let bits = shardBits(bytes, 0)
      let changes = 0
      for (let round = 0; round < 20; round++) {
        const next = shardBits(round % 2 === 0 ? bytes * 1.1 : bytes * 0.9, bits)
        if (next !== bits) changes++
        bits = next
      }
      assert.ok(changes <= 1)
    }),
  )
})

/** Results of the hash of schema 1. With any other result, readers of a stored snapshot would look in the wrong shard. */
const fixed: readonly (readonly [
  key: string,
  shards: readonly [bits1: number, bits4: number, bits12: number],
])[] = [
  ['default/kubernetes', [0, 10, 666]],
  ['kube-system/kube-dns', [0, 0, 2976]],
  ['default/web', [0, 4, 2148]],
  ['default/web-0', [1, 13, 2541]],
  ['prod/db', [1, 5, 4021]],
]

test('the hash has the results of schema 1', () => {
  for (const [key, [one, four, twelve]] of fixed) {
    assert.deepEqual(
      [shardOf(key, 0), shardOf(key, 1), shardOf(key, 4), shardOf(key, 12)],
      [0, one, four, twelve],
      key,
    )
  }
})

test('property: with more bits, a key is in a part of its shard with fewer bits', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (key, bits) => {
      const shard = shardOf(key, bits)
      assert.ok(Number.isInteger(shard) && shard >= 0 && shard < 2 ** bits)
      assert.equal(shard % 2 ** (bits - 1), shardOf(key, bits - 1))
    }),
  )
})

test('similar keys are spread evenly', () => {
  const count = 20_000
  const makes: Readonly<Record<string, (index: number) => string>> = {
    'numbered services of one namespace': (index) => `default/web-${index}`,
    'one service in numbered namespaces': (index) => `team-${index}/web`,
    'both numbered': (index) => `ns${index % 141}/svc${Math.floor(index / 141)}`,
    'numbers with leading zeros': (index) => `a/${String(index).padStart(8, '0')}`,
    'differences in front': (index) => `${index}/the-same-long-name-of-a-service`,
  }
  for (const [what, make] of Object.entries(makes)) {
    for (const bits of [1, 4, 8, 10]) {
      const buckets = Array.from({ length: 2 ** bits }, () => 0)
      for (let index = 0; index < count; index++) {
        const shard = shardOf(make(index), bits)
        buckets[shard] = (buckets[shard] ?? 0) + 1
      }
      const mean = count / buckets.length
      const chiSquare = buckets.reduce((sum, bucket) => sum + (bucket - mean) ** 2 / mean, 0)
      const freedom = buckets.length - 1
      // Mean and deviation of the chi-square distribution; five deviations are one case in a million.
      assert.ok(chiSquare < freedom + 5 * Math.sqrt(2 * freedom), `${what}, ${bits} bits: ${chiSquare}`)
    }
  }
})

test('addresses are grouped by /24 and /120', () => {
  const prefix = (text: string): string => reversePrefix(parseAddress(text) ?? new Uint8Array(4))
  assert.equal(prefix('10.1.2.3'), '10.1.2.0')
  assert.equal(prefix('10.1.2.255'), '10.1.2.0')
  assert.equal(prefix('fd00::1:2ff'), 'fd00::1:200')
  assert.equal(prefix('fd00::ff'), 'fd00::')
  assert.equal(prefix('::ffff:10.1.2.3'), '10.1.2.0')
})

test('property: an address and its group share all but the last byte, and the group is canonical', () => {
  fc.assert(
    fc.property(anyAddress, (text) => {
      const address = parseAddress(text)
      assert.ok(address)
      const prefix = reversePrefix(address)
      assert.equal(canonicalAddress(prefix), prefix)
      const bytes = parseAddress(prefix)
      // A group near :: may be formatted as IPv4-mapped; Kubernetes has no addresses there.
      if (bytes?.length === address.length) assert.deepEqual(bytes.subarray(0, -1), address.subarray(0, -1))
      assert.equal(bytes?.at(-1), 0)
    }),
  )
})
