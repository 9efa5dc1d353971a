import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { generateKey } from '../../snapshot/key.ts'
import { policyJsonSchema } from './json-schema.ts'
import { parsePolicy } from './parse.ts'
import { matchesSchema } from './validate-schema.case.ts'

const published = new URL('../../docs/policy.schema.json', import.meta.url)
const schema = policyJsonSchema()

test('docs/policy.schema.json is the schema of the form (npm run docs writes it)', () => {
  assert.deepEqual(JSON.parse(readFileSync(published, 'utf8')), JSON.parse(JSON.stringify(schema)))
})

const keys = await Promise.all(Array.from({ length: 3 }, async () => (await generateKey()).x))
let count = 0
/** A hash that no other generated one equals: that rule is not the schema's. */
const hash = fc.constant(0).map(() => (count++).toString(16).padStart(64, 'e'))

/** One of the valid values mostly, else one of those that are not. */
function mostly(
  valid: fc.Arbitrary<unknown> | readonly unknown[],
  ...invalid: readonly unknown[]
): fc.Arbitrary<unknown> {
  const arbitrary = 'generate' in valid ? valid : fc.constantFrom(...valid)
  return fc.oneof({ arbitrary, weight: 30 }, fc.constantFrom(...invalid))
}

const names = ['a', 'alice-laptop', 'a@b.c', 'A_1', 'a'.repeat(63), '1', 'true']
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  name: mostly(names, '', '-a', 'a b', 'a'.repeat(64), 7, null),
  sha256: mostly(hash, 'E'.repeat(64), 'e'.repeat(63), 12),
  namespaces: mostly([['dev'], ['dev', 'a-1'], ['a'.repeat(63)]], [], ['Dev'], ['a', 'a'], 'dev', [1], null),
  namespaceLabels: mostly(['team=a', 'a in (b, c),!d', 'x'], '', 5, 'a'.repeat(1001)),
  all: mostly([true], false, 'true'),
  notBefore: mostly(['2026-12-01T00:00:00Z', '2026-12-01T01:00:00.5+02:00'], '2026-12-01', 1),
  expires: mostly(['2027-03-01T00:00:00Z'], '2027-03-01T24:00:00Z', '2027-13-01T00:00:00Z', null),
  doors: mostly(
    [['path', 'bearer'], ['bearer'], ['dot']],
    ['dot', 'path'],
    [],
    ['path', 'path'],
    ['sms'],
    'dot',
  ),
  forward: mostly([true, false], 'yes', 1),
  key: mostly(keys, 'short', `${keys[0]}=`),
  maxLifetime: mostly(['15m', '1h', '7d'], '0s', '1', '1y', 60),
  cidr: mostly(['10.0.0.0/8', 'fd00::/64', '192.0.2.1/32'], '10.0.0.0', 'all', '10.0.0.0/1234'),
  strange: fc.constant(1),
}

/** Objects with these fields: those with a mark mostly, the others often. */
function fields(...wanted: readonly string[]): fc.Arbitrary<object> {
  const pairs = wanted.map((name) => {
    const bare = name.replace('!', '')
    const pair = (values[bare] ?? fc.constant(null)).map((value): [string, unknown][] => [[bare, value]])
    const weight = name === 'strange' ? 1 : 40
    const others = name.endsWith('!') ? 1 : 40
    return fc.oneof(
      { arbitrary: pair, weight },
      { arbitrary: fc.constant<[string, unknown][]>([]), weight: others },
    )
  })
  return fc.tuple(...pairs).map((each) => Object.fromEntries(each.flat()))
}

/** One way to say a scope, mostly. */
const scope = fc.oneof(
  { arbitrary: fields('namespaces!'), weight: 20 },
  { arbitrary: fields('namespaceLabels!'), weight: 10 },
  { arbitrary: fields('all!'), weight: 10 },
  fields('namespaces!', 'all!'),
)
const scoped = (entry: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.tuple(entry, scope).map(([a, b]) => ({ ...a, ...b }))
/** Lists without entries of one name, key or range, which are faults of the parser alone. */
const list = (entry: fc.Arbitrary<object>, ...keysOf: readonly string[]): fc.Arbitrary<unknown> => {
  const isSame = (a: object, b: object): boolean =>
    keysOf.some((key) => isDeepStrictEqual(Reflect.get(a, key), Reflect.get(b, key)))
  const arbitrary = fc.uniqueArray(entry, { maxLength: 3, comparator: isSame })
  return fc.oneof({ arbitrary, weight: 30 }, fc.constantFrom(null, [], {}, [null]))
}
const policy = fc.record(
  {
    version: mostly([1], 2, '1'),
    tokens: list(
      scoped(fields('name!', 'sha256!', 'notBefore', 'expires', 'doors', 'forward', 'strange')),
      'name',
    ),
    minting: list(scoped(fields('name!', 'key!', 'maxLifetime!', 'forward')), 'name', 'key'),
    networks: list(scoped(fields('cidr!', 'forward')), 'cidr'),
    anonymous: fc.oneof({ arbitrary: scope, weight: 20 }, fc.constantFrom(null, [], 'all')),
  },
  { requiredKeys: ['version'] },
)

test('a generated policy is valid for the parser where it is for the schema', async () => {
  let valid = 0
  let invalid = 0
  await fc.assert(
    fc.asyncProperty(policy, async (each) => {
      const text = JSON.stringify(each)
      const outcome = await parsePolicy(text)
      const isValid = matchesSchema(schema, JSON.parse(text))
      if (isValid) valid++
      else invalid++
      assert.equal(
        'policy' in outcome,
        isValid,
        `${text}\n${'faults' in outcome ? JSON.stringify(outcome.faults) : ''}`,
      )
    }),
    { numRuns: 2000 },
  )
  assert.ok(valid > 200 && invalid > 200, `${valid} valid, ${invalid} invalid`)
})

test('the validator throws at a keyword that it does not know', () => {
  assert.throws(() => matchesSchema({ maximum: 1 }, 2), /maximum/)
})
