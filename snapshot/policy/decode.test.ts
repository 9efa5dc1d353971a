import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeBlob } from '../decode.ts'
import { SnapshotError } from '../errors.ts'
import { encodePolicyHead, encodeTokenShard } from './encode.ts'
import type { Door, PolicyHead, PolicyToken, TokenHash } from './schema.ts'

const hash = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'))
const name = fc.string()
const scope = fc.oneof(
  fc.constant('all' as const),
  fc.uniqueArray(fc.string()).map((names) => names.toSorted()),
)
const seconds = fc.nat({ max: 4_000_000_000 })

const head: fc.Arbitrary<PolicyHead> = fc.array(scope, { minLength: 1 }).chain((scopes) => {
  const index = fc.nat({ max: scopes.length - 1 })
  const network = fc.record({
    ...{ cidr: fc.constantFrom('10.0.0.0/8', 'fd00::/64', '0.0.0.0/0'), scope: index, forward: fc.boolean() },
  })
  const key = fc.record({
    ...{ name, kid: hash, key: hash, scope: index, maxSeconds: seconds, forward: fc.boolean() },
  })
  return fc.record({
    kind: fc.constant('policy' as const),
    scopes: fc.constant(scopes),
    anonymous: fc.option(index),
    networks: fc.array(network),
    minting: fc.array(key),
  })
})
const token: fc.Arbitrary<PolicyToken> = fc.record({
  name,
  scope: fc.nat(),
  notBeforeMs: seconds.map((each) => each * 1000),
  expiresMs: fc.option(seconds.map((each) => each * 1000)),
  doors: fc.constantFrom<readonly Door[]>(['path', 'bearer'], ['dot'], ['path'], ['bearer'], []),
  forward: fc.boolean(),
})
const tokens = fc
  .array(fc.tuple(hash, token))
  .map((entries): ReadonlyMap<TokenHash, PolicyToken> => new Map(entries))

test('a blob that is encoded and decoded is the same', () => {
  fc.assert(
    fc.property(head, (each) => assert.deepEqual(decodeBlob(encodePolicyHead(each)), structuredClone(each))),
  )
  fc.assert(
    fc.property(tokens, (each) => {
      const blob = decodeBlob(encodeTokenShard(each))
      assert.ok(blob.kind === 'tokens')
      assert.deepEqual(blob.tokens, structuredClone(each))
    }),
  )
})

test('the order of the tokens does not change the text', () => {
  fc.assert(
    fc.property(tokens, (each) =>
      assert.equal(encodeTokenShard(new Map([...each].toReversed())), encodeTokenShard(each)),
    ),
  )
})

const base = { schema: 1, kind: 'policy', scopes: ['all'], anonymous: null, networks: [], minting: [] }
const h = 'A'.repeat(43)
const entry = [h, ['a', 0, 0, null, 3, 0]]
const tokensBase = { schema: 1, kind: 'tokens', entries: [entry] }
const wrong: readonly (readonly [string, unknown])[] = [
  ['scopes is not an array', { ...base, scopes: 'all' }],
  ['scopes[0] is not an array', { ...base, scopes: ['some'] }],
  ['scopes[0][0] is not text', { ...base, scopes: [[1]] }],
  ['anonymous is not a whole number from 0 to 0', { ...base, anonymous: 1 }],
  ['anonymous is a scope, and the policy has none', { ...base, scopes: [], anonymous: 0 }],
  ['networks[0] does not have 3 items', { ...base, networks: [['10.0.0.0/8', 0]] }],
  ['networks[0][0] is not an address range', { ...base, networks: [['10.0.0.0', 0, 0]] }],
  ['networks[0][2] is not a whole number from 0 to 1', { ...base, networks: [['10.0.0.0/8', 0, true]] }],
  ['minting[0][1] is not a blob hash', { ...base, minting: [['a', 'b', h, 0, 1, 0]] }],
  ['minting[0][3] is not a whole number from 0 to 0', { ...base, minting: [['a', h, h, 1, 1, 0]] }],
  ['entries[0][0] is not a blob hash', { ...tokensBase, entries: [['x', entry[1]]] }],
  ['entries[1][0] occurs twice', { ...tokensBase, entries: [entry, entry] }],
  ['entries[0][1] does not have 6 items', { ...tokensBase, entries: [[h, ['a']]] }],
  [
    'entries[0][1][4] is not a whole number from 0 to 7',
    { ...tokensBase, entries: [[h, ['a', 0, 0, null, 8, 0]]] },
  ],
]
for (const [problem, blob] of wrong)
  test(`refused: ${problem}`, () => {
    assert.throws(
      () => decodeBlob(JSON.stringify(blob)),
      (error) => error instanceof SnapshotError && error.code === 'SCHEMA' && error.message.includes(problem),
    )
  })

test('any change of a field is a SnapshotError or a blob', () => {
  const broken = fc
    .constantFrom(base, tokensBase)
    .chain((blob) =>
      fc
        .tuple(fc.constant(blob), fc.constantFrom(...Object.keys(blob)), fc.jsonValue())
        .map(([each, field, value]) => JSON.stringify({ ...each, [field]: value })),
    )
  fc.assert(
    fc.property(broken, (text) => {
      try {
        decodeBlob(text)
      } catch (error) {
        assert.ok(error instanceof SnapshotError, String(error))
      }
    }),
  )
})
