import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyToken, TokenShard } from '../../snapshot/policy/schema.ts'
import { findToken } from './find-token.ts'

const token = (name: string): PolicyToken => ({
  ...{ name, scope: 0, notBeforeMs: 0, expiresMs: null, doors: ['path'], forward: false },
})
const shardOf = (hashes: readonly string[]): TokenShard => ({
  kind: 'tokens',
  tokens: new Map(hashes.map((hash) => [hash, token(hash)])),
})

test('every token of a shard is found, and no other', () => {
  for (let size = 1; size < 40; size++) {
    // In an order that a blob may have, but agents do not write.
    const hashes = Array.from({ length: size }, (_, at) => `h${((at * 7) % size) + 100}`)
    const shard = shardOf(hashes)
    for (const hash of hashes) assert.deepEqual(findToken(shard, hash), { token: token(hash), isFound: true })
    for (const hash of ['', 'a', ...hashes.map((each) => `${each}x`), 'z']) {
      const search = findToken(shard, hash)
      assert.equal(search?.isFound, false, hash)
      assert.ok(hashes.includes(search.token.name))
    }
  }
})

test('an empty shard has no token', () => {
  assert.equal(findToken(shardOf([]), 'a'), undefined)
})
