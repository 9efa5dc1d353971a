import assert from 'node:assert/strict'
import { test } from 'node:test'
import { root } from '../../dns/name.ts'
import type { Rrset } from '../../dns/record.ts'
import { createRandom } from '../../test/seeded-random.ts'
import { shuffleAddresses } from './shuffle.ts'

function addresses(count: number, type: 'A' | 'AAAA' = 'A'): Rrset {
  const rdata = Array.from({ length: count }, (_, index) => Uint8Array.of(10, 0, 0, index))
  return { type, owner: root, ttl: 5, rdata }
}

function order(rrsets: readonly Rrset[]): string {
  return rrsets.map(({ rdata }) => rdata.map((item) => (item as Uint8Array).at(-1)).join('')).join(' ')
}

test('all orders of four addresses are equally likely', () => {
  const random = createRandom(1).next
  const rounds = 48_000
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const drawn = order(shuffleAddresses([addresses(4)], random))
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
  }
  assert.equal(counts.size, 24)
  const expected = rounds / 24
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 23 degrees of freedom: an unbiased shuffle exceeds 49.73 for one seed in a thousand, a biased one for nearly all.
  assert.ok(chiSquare < 49.73, `chi-square is ${chiSquare}`)
})

test('the test above detects a biased shuffle', () => {
  const random = createRandom(1).next
  const rounds = 48_000
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const items = [0, 1, 2, 3]
    // Swaps with any position instead of only those not drawn yet.
    for (let at = 0; at < 4; at++) {
      const pick = Math.floor(random() * 4)
      ;[items[at], items[pick]] = [items[pick] ?? 0, items[at] ?? 0]
    }
    counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1)
  }
  const expected = rounds / 24
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  assert.ok(chiSquare > 49.73, `chi-square is ${chiSquare}`)
})

test('no address is lost, duplicated or changed, and the input is not modified', () => {
  const given = [addresses(9), addresses(5, 'AAAA')]
  const before = order(given)
  const drawn = shuffleAddresses(given, createRandom(7).next)
  assert.equal(order(given), before)
  assert.notEqual(order(drawn), before)
  for (const [index, rrset] of drawn.entries()) {
    assert.deepEqual({ ...rrset, rdata: [] }, { ...given[index], rdata: [] })
    const last = (items: Rrset['rdata'] = []): string =>
      items
        .map((item) => String((item as Uint8Array).at(-1)))
        .toSorted()
        .join()
    assert.equal(last(rrset.rdata), last(given[index]?.rdata))
  }
})

test('only addresses are shuffled, and each RRset stays in its place', () => {
  const strings = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => [letter])
  const given: readonly Rrset[] = [
    { type: 'CNAME', owner: root, ttl: 5, rdata: [root] },
    { type: 'TXT', owner: root, ttl: 5, rdata: strings },
    addresses(1),
  ]
  assert.deepEqual(shuffleAddresses(given, createRandom(3).next), given)
})

test('random numbers at both ends of the range are valid', () => {
  assert.equal(order(shuffleAddresses([addresses(3)], () => 0)), '120')
  assert.equal(order(shuffleAddresses([addresses(3)], () => 1 - 2 ** -53)), '012')
})
