import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { clusterOfToken, hashToken, maxLabelClusterId, newToken, tokenShard } from './token.ts'

const random = (bytes: Uint8Array): Uint8Array => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)

test('a token is the cluster, a hyphen and 26 characters of base32, five random bits each', () => {
  const counting = (bytes: Uint8Array): Uint8Array => bytes.map((_, index) => index + 10)
  assert.equal(newToken('prod', counting), 'prod-klmnopqrstuvwxyz234567abcd')
  const letters = new Set<string>()
  for (let round = 0; round < 100; round++)
    for (const letter of newToken('c', random).slice(2)) letters.add(letter)
  assert.deepEqual([...letters].toSorted().join(''), '234567abcdefghijklmnopqrstuvwxyz')
})

test('the longest cluster ID whose tokens are one DNS label has 36 characters', () => {
  assert.equal(maxLabelClusterId, 36)
  assert.equal(newToken('a'.repeat(36), random).length, 63)
})

test('a text is a token of the cluster in front of its last hyphen, or of none', () => {
  const secret = 'abcdefghijklmnopqrstuvwxy2'
  for (const cluster of ['a', 'prod', 'prod-eu-1', 'a'.repeat(63)])
    assert.equal(clusterOfToken(`${cluster}-${secret}`), cluster)
  for (const text of [
    ...[
      '',
      secret,
      `-${secret}`,
      `prod${secret}`,
      `prod-${secret.slice(1)}`,
      `prod-${secret}a`,
      `Prod-${secret}`,
    ],
    ...[
      `prod-${secret.toUpperCase()}`,
      `prod-${secret.slice(1)}1`,
      `prod-${secret}\n`,
      `-a-${secret}`,
      `a--${secret}`,
    ],
    `${'a'.repeat(64)}-${secret}`,
  ])
    assert.equal(clusterOfToken(text), undefined, text)
  fc.assert(fc.property(fc.string(), (text) => clusterOfToken(text) === undefined))
})

test('a hash is the SHA-256 of the text', async () => {
  const token = newToken('prod', random)
  assert.equal(await hashToken(token), createHash('sha256').update(token).digest('base64url'))
})

test('a shard is the first bits of the hash', async () => {
  for (let round = 0; round < 50; round++) {
    const hash = await hashToken(newToken('prod', random))
    const first = Buffer.from(hash, 'base64url').readUInt16BE()
    for (const bits of [0, 1, 5, 8, 12]) assert.equal(tokenShard(hash, bits), first >> (16 - bits))
  }
})
