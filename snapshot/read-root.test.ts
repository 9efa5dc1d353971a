import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyJson, exampleRoot, someHash, wholeRoot } from './arbitrary.case.ts'
import { SnapshotError } from './errors.ts'
import { readRoot } from './read-root.ts'
import type { Root, SignedRoot } from './schema.ts'

const example = exampleRoot()
const read = (changes: Readonly<Record<string, unknown>>): SignedRoot =>
  readRoot(JSON.stringify({ ...example, ...changes }))

test('reading a root returns the root that was written', () => {
  assert.deepEqual(readRoot(JSON.stringify(example)), example)
  const other = exampleRoot({
    static: true,
    pods: 'disabled',
    namespaces: { blob: someHash(9) },
    policy: null,
    services: { bits: 0, shards: [null] },
    endpoints: null,
    reverse: {},
    endpointReverse: {},
    podAddresses: {},
    serial: 2 ** 32 - 1,
    ttl: 2 ** 31 - 1,
  })
  assert.deepEqual(readRoot(JSON.stringify(other)), other)
  assert.equal(read({ 'a field of a later release': 1 }).cluster, 'prod')
})

test('every field is required, and the error names a missing one', () => {
  for (const field of Object.keys(example)) {
    const { [field as keyof Root]: removed, ...rest } = example
    assert.notEqual(removed, undefined)
    assert.throws(
      () => readRoot(JSON.stringify(rest)),
      (error) => error instanceof SnapshotError && error.code === 'SCHEMA' && error.message.includes(field),
      field,
    )
  }
})

/** Invalid fields, and the error message. */
const misshapen: readonly (readonly [changes: Readonly<Record<string, unknown>>, place: string])[] = [
  [{ schema: 3 }, "the root's schema is not a known schema (1, 2): 3"],
  [{ schema: 2 }, 'buckets is not an object'],
  [{ schema: '1' }, "the root's schema"],
  [{ schema: { toString: 1, valueOf: 1 } }, "the root's schema"],
  [{ schema: [{ toString: null }] }, "the root's schema"],
  [{ cluster: 1 }, 'cluster is not text'],
  [{ domain: '' }, 'domain is not a domain name'],
  [{ domain: 'cluster.local.' }, 'domain is not a domain name without a final dot'],
  [{ domain: 'cluster..local' }, 'domain is not a domain name'],
  [{ domain: 'clüster.local' }, 'domain is not a domain name'],
  [{ generation: -1 }, 'generation is not a whole number'],
  [{ generation: 1.5 }, 'generation'],
  [{ generation: '1' }, 'generation'],
  [{ generation: 2 ** 53 }, 'generation'],
  [{ term: null }, 'term'],
  [{ asOfMs: true }, 'asOfMs'],
  [{ static: 'false' }, 'static is not true or false'],
  [{ static: 0 }, 'static'],
  [{ staleAfterMs: -1 }, 'staleAfterMs'],
  [{ expiresAfterMs: null }, 'expiresAfterMs'],
  [{ serial: 2 ** 32 }, 'serial is not a whole number from 0 to 4294967295'],
  [{ ttl: 2 ** 31 }, 'ttl is not a whole number from 0 to 2147483647'],
  [{ ttl: 0.5 }, 'ttl'],
  [{ pods: 'secure' }, 'pods is not one of disabled, insecure, verified'],
  [{ pods: ['verified'] }, 'pods'],
  [{ namespaces: ['a', 1] }, 'namespaces[1] is not text'],
  [{ namespaces: {} }, 'namespaces.blob is not a blob hash'],
  [{ namespaces: 'default' }, 'namespaces is not an object'],
  [{ policy: someHash(1) }, 'policy is not an object'],
  [{ policy: { head: '', tokens: { bits: 0, shards: [null] } } }, 'policy.head is not a blob hash'],
  [
    { policy: { head: someHash(1), tokens: { bits: 1, shards: [null] } } },
    'policy.tokens does not have 2^1 shards',
  ],
  [{ services: null }, 'services is not an object'],
  [{ services: { bits: 1, shards: [null] } }, 'services does not have 2^1 shards'],
  [{ services: { bits: 0, shards: [] } }, 'services does not have 2^0 shards'],
  [{ services: { bits: 0, shards: [null, null] } }, 'services does not have 2^0 shards'],
  [{ services: { bits: 0.5, shards: [null] } }, 'services.bits'],
  [{ services: { bits: 9e15, shards: [null] } }, 'services does not have'],
  [{ services: { bits: 0, shards: ['x'] } }, 'services.shards[0] is not a blob hash'],
  [{ services: { bits: 0, shards: { 0: null, length: 1 } } }, 'services.shards is not an array'],
  [{ endpoints: [] }, 'endpoints is not an object'],
  [{ reverse: [] }, 'reverse is not an object'],
  [{ reverse: { '10.0.0.0': null } }, 'reverse[10.0.0.0] is not a blob hash'],
  [{ endpointReverse: { '10.0.0.0': 1 } }, 'endpointReverse[10.0.0.0]'],
  [{ podAddresses: 'x' }, 'podAddresses is not an object'],
]

for (const [changes, place] of misshapen) {
  test(`SCHEMA: ${JSON.stringify(changes)}`, () => {
    assert.throws(
      () => read(changes),
      (error) => error instanceof SnapshotError && error.code === 'SCHEMA' && error.message.includes(place),
    )
  })
}

test('a key with a meaning in JavaScript, such as __proto__, is an ordinary key', () => {
  const text = JSON.stringify(example)
  const withPrototype = (value: string): string =>
    text.replace('"reverse":{', `"reverse":{"__proto__":${value},`)
  assert.throws(() => readRoot(withPrototype('null')), {
    code: 'SCHEMA',
    message: 'reverse[__proto__] is not a blob hash',
  })
  assert.deepEqual(Object.keys(wholeRoot(readRoot(withPrototype(`"${someHash(8)}"`))).reverse), [
    '__proto__',
    '10.96.0.0',
  ])
  assert.throws(() => readRoot(`{"__proto__":${text}}`), { code: 'SCHEMA' })
})

/** Reads, or throws SnapshotError, the only error allowed. */
function readsOrRefuses(text: string): void {
  try {
    readRoot(text)
  } catch (error) {
    assert.ok(error instanceof SnapshotError, String(error))
    assert.equal(error.code, 'SCHEMA')
  }
}

test('property: arbitrary JSON is read or rejected with a SnapshotError', () => {
  fc.assert(
    fc.property(anyJson, (value) => readsOrRefuses(JSON.stringify(value))),
    { numRuns: 1_000 },
  )
  fc.assert(fc.property(fc.string(), readsOrRefuses))
})

test('property: a root with any field replaced is read or rejected with a SnapshotError', () => {
  const field = fc.constantFrom(...Object.keys(example))
  fc.assert(
    fc.property(field, anyJson, field, anyJson, (one, a, two, b) =>
      readsOrRefuses(JSON.stringify({ ...example, [one]: a, [two]: b })),
    ),
    { numRuns: 2_000 },
  )
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)
  for (const name of Object.keys(example)) {
    readsOrRefuses(JSON.stringify(example).replace(new RegExp(`"${name}":`), `"${name}":${deep},"x":`))
  }
})
