import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Scope } from '../../snapshot/policy/schema.ts'
import { buildPolicy, maxScopeNames, shardTokens } from './build.ts'
import { closedPolicy, type Policy, type ScopeSelector, type TokenEntry } from './policy.ts'

const hash = (number: number): string => Buffer.alloc(32, number).toString('base64url')
const named = (...names: readonly string[]): ScopeSelector => ({ kind: 'namespaces', names })
const labelled = (text: string): ScopeSelector => ({ kind: 'namespaceLabels', selector: [], text })
const token = (number: number, scope: ScopeSelector): TokenEntry => ({
  ...{ name: `t${number}`, hash: hash(number), scope, notBeforeMs: 0, expiresMs: null },
  ...{ doors: ['path', 'bearer'], forward: false },
})
/** team=a selects b and a; every other selector nothing. */
const resolve = (selector: ScopeSelector): Scope => {
  if (selector.kind === 'all') return 'all'
  if (selector.kind === 'namespaces') return selector.names
  return selector.text === 'team=a' ? ['b', 'a'] : []
}

test('a closed policy admits nobody', () => {
  const { head, tokens } = buildPolicy(closedPolicy, resolve)
  assert.deepEqual(head, { kind: 'policy', scopes: [], anonymous: null, networks: [], minting: [] })
  assert.equal(tokens.size, 0)
})

test('equal scopes are one, however they are written, and names are sorted', () => {
  const tokens = [
    token(1, named('b', 'a')),
    token(2, named('a', 'b', 'a')),
    token(3, labelled('team=a')),
    token(4, { kind: 'all' }),
  ]
  const built = buildPolicy({ ...closedPolicy, tokens, anonymous: labelled('all') }, resolve)
  assert.deepEqual(built.head.scopes, ['all', ['a', 'b'], []])
  assert.deepEqual(
    [...built.tokens.values()].map(({ scope }) => scope),
    [1, 1, 1, 0],
  )
  assert.equal(built.head.anonymous, 2)
})

test('the longest prefix is first', () => {
  const networks = ['0.0.0.0/0', '10.0.0.0/8', 'fd00::/64', '10.1.0.0/16', '10.0.0.0/16'].map((cidr) => ({
    ...{ cidr, scope: { kind: 'all' } as const, forward: false },
  }))
  assert.deepEqual(
    buildPolicy({ ...closedPolicy, networks }, resolve).head.networks.map(({ cidr }) => cidr),
    ['fd00::/64', '10.0.0.0/16', '10.1.0.0/16', '10.0.0.0/8', '0.0.0.0/0'],
  )
})

const selector = fc.oneof(
  fc.constant<ScopeSelector>({ kind: 'all' }),
  fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((names) => named(...names)),
  fc.constantFrom('team=a', 'team=b').map(labelled),
)
const policy: fc.Arbitrary<Policy> = fc.record({
  tokens: fc
    .array(selector, { maxLength: 20 })
    .map((list) => list.map((scope, index) => token(index, scope))),
  minting: fc.array(selector, { maxLength: 5 }).map((list) =>
    list.map((scope, index) => ({
      ...{
        name: `m${index}`,
        key: hash(index),
        kid: hash(100 + index),
        scope,
        maxSeconds: 60,
        forward: false,
      },
    })),
  ),
  networks: fc
    .array(selector, { maxLength: 5 })
    .map((list) => list.map((scope, index) => ({ cidr: `10.${index}.0.0/16`, scope, forward: true }))),
  anonymous: fc.option(selector),
})

test('the order of entries changes nothing, and every entry keeps its scope', () => {
  fc.assert(
    fc.property(policy, (each) => {
      const built = buildPolicy(each, resolve)
      const reversed = {
        ...each,
        tokens: each.tokens.toReversed(),
        minting: each.minting.toReversed(),
        networks: each.networks.toReversed(),
      }
      assert.deepEqual(buildPolicy(reversed, resolve).head, built.head)
      const scopeOf = (wanted: ScopeSelector): Scope => {
        const found = resolve(wanted)
        return found === 'all' ? 'all' : [...new Set(found)].toSorted()
      }
      for (const entry of each.tokens)
        assert.deepEqual(built.head.scopes[built.tokens.get(entry.hash)?.scope ?? -1], scopeOf(entry.scope))
      for (const entry of each.minting) {
        const key = built.head.minting.find(({ kid }) => kid === entry.kid)
        assert.deepEqual(built.head.scopes[key?.scope ?? -1], scopeOf(entry.scope))
      }
      assert.deepEqual(
        built.head.anonymous === null ? null : built.head.scopes[built.head.anonymous],
        each.anonymous && scopeOf(each.anonymous),
      )
      assert.equal(
        new Set(built.head.scopes.map((scope) => JSON.stringify(scope))).size,
        built.head.scopes.length,
      )
    }),
  )
})

test('every token is in one shard, the one of its hash', () => {
  const tokens = Array.from({ length: 256 }, (_, number) => token(number, named('a')))
  const built = buildPolicy({ ...closedPolicy, tokens }, resolve)
  for (const bits of [0, 3, 8]) {
    const shards = shardTokens(built.tokens, bits)
    assert.deepEqual(
      shards.map(({ size }) => size),
      Array.from({ length: 2 ** bits }, () => 256 / 2 ** bits),
    )
    for (const [index, shard] of shards.entries())
      for (const each of shard.keys())
        assert.equal((Buffer.from(each, 'base64url')[0] ?? 0) >> (8 - bits), index)
  }
})

test('scopes with more names than the limit are refused', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `n${index}`)
  const scopes = (count: number): Policy => ({
    ...closedPolicy,
    tokens: Array.from({ length: count }, (_, index) =>
      token(index, named(`only-${index}`, ...names.slice(1))),
    ),
  })
  assert.equal(buildPolicy(scopes(maxScopeNames / 5_000), resolve).head.scopes.length, 5)
  assert.throws(() => buildPolicy(scopes(maxScopeNames / 5_000 + 1), resolve), {
    ...{ code: 'POLICY_TOO_LARGE', message: /30000 namespaces in total, the limit is 25000/ },
  })
})
