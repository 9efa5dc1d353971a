import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyEndpoints, anyJson, anyServices } from './arbitrary.case.ts'
import { decodeBlob } from './decode.ts'
import { encodeEndpoints, encodeServices } from './encode.case.ts'
import { SnapshotError } from './errors.ts'

const services = (...entries: readonly unknown[]): string =>
  JSON.stringify({ schema: 1, kind: 'services', entries })
const owners = (...entries: readonly unknown[]): string =>
  JSON.stringify({ schema: 1, kind: 'reverse', entries })
const endpoints = (...list: readonly unknown[]): string =>
  JSON.stringify({ schema: 1, kind: 'endpoints', entries: [['a', [{ ports: [], endpoints: list }]]] })
const port = ['http', 'tcp', 80]

/** Texts that are not blobs, and the path in the error message. */
const misshapen: readonly (readonly [text: string, place: string])[] = [
  ['', 'the blob is not JSON'],
  ['{', 'the blob is not JSON'],
  ['null', 'the blob is not an object'],
  ['[]', 'the blob is not an object'],
  ['"services"', 'the blob is not an object'],
  ['{}', "the blob's schema"],
  ['{"schema":2,"kind":"services","entries":[]}', "the blob's schema is not a known schema (1): 2"],
  ['{"schema":"1","kind":"services","entries":[]}', "the blob's schema"],
  ['{"schema":{"toString":1,"valueOf":1}}', "the blob's schema"],
  ['{"schema":1}', 'kind is not one of services, endpoints, reverse, pods, namespaces'],
  ['{"schema":1,"kind":"toString"}', 'kind is not one of'],
  ['{"schema":1,"kind":"services"}', 'entries is not an array'],
  ['{"schema":1,"kind":"services","entries":{}}', 'entries is not an array'],
  [services('a'), 'entries[0] is not an array'],
  [services(['a']), 'entries[0] is not a pair of key and entry'],
  [services(['a', {}, {}]), 'entries[0] is not a pair of key and entry'],
  [services(['a', { target: 't' }], [1, {}]), 'entries[1][0] is not text'],
  [services(['a', { target: 't' }], ['a', { target: 'u' }]), 'entries[1][0] occurs twice'],
  [services(['a', null]), 'entries[0][1] is not an object'],
  [services(['a', {}]), 'entries[0][1].target is not text'],
  [services(['a', { ips: '10.0.0.1', ports: [] }]), 'entries[0][1].ips is not an array'],
  [services(['a', { ips: ['10.0.0.1', 2], ports: [] }]), 'entries[0][1].ips[1] is not text'],
  [services(['a', { ips: [] }]), 'entries[0][1].ports is not an array'],
  [services(['a', { ips: [], ports: [port, ['http', 'tcp']] }]), 'entries[0][1].ports[1] is not a port'],
  [services(['a', { ips: [], ports: [[...port, 1]] }]), 'entries[0][1].ports[0] is not a port'],
  [services(['a', { ips: [], ports: [['http', 'tcp', '80']] }]), 'entries[0][1].ports[0] is not a port'],
  [services(['a', { ips: [], ports: [['http', 'tcp', 65_536]] }]), 'entries[0][1].ports[0] is not a port'],
  [services(['a', { ips: [], ports: [['http', 'tcp', -1]] }]), 'entries[0][1].ports[0] is not a port'],
  [services(['a', { ips: [], ports: [['http', 'tcp', 0.5]] }]), 'entries[0][1].ports[0] is not a port'],
  [services(['a', { groups: [{ ports: [] }] }]), 'entries[0][1].groups[0].endpoints is not an array'],
  [services(['a', { groups: [{ endpoints: [] }] }]), 'entries[0][1].groups[0].ports is not an array'],
  [
    services(['a', { groups: [{ ports: [], endpoints: [[]] }] }]),
    'entries[0][1].groups[0].endpoints[0] is not a list of 1 to 2',
  ],
  [services(['a', { groups: [{ ports: [], endpoints: [['::', null]] }] }]), 'groups[0].endpoints[0] is not'],
  [
    services(['a', { groups: [{ ports: [], endpoints: [['a', 'b', 'c']] }] }]),
    'groups[0].endpoints[0] is not',
  ],
  [owners(['10.0.0.1', [['ns']]]), 'entries[0][1][0] is not a list of 2 to 3'],
  [
    owners([
      '10.0.0.1',
      [
        ['ns', 's'],
        ['ns', 's', 'l', 'x'],
      ],
    ]),
    'entries[0][1][1] is not a list of 2 to 3',
  ],
  // Shapes that would result in invalid names.
  ...['', 'a..b', '.a', 'x'.repeat(64), 'caf\u00e9', '\u212a.', 'a b', `${'abc.'.repeat(48)}abcdef`].map(
    (target) =>
      [services(['a', { target }]), 'entries[0][1].target is not a valid target of an alias'] as const,
  ),
  ...['', 'a', 'node-1', '::'.repeat(23), '10.0.0.1 '].map(
    (address) => [endpoints([address]), 'endpoints[0][0] is not an address'] as const,
  ),
  ...['', 'x'.repeat(64), 'a b', '\u212a', '\0'].flatMap((label) => [
    [endpoints(['10.0.0.1', label]), 'endpoints[0][1] is not a DNS label'] as const,
    [owners(['10.0.0.1', [['ns', label]]]), 'entries[0][1][0][1] is not a DNS label'] as const,
    [owners(['10.0.0.1', [['ns', 's', label]]]), 'entries[0][1][0][2] is not a DNS label'] as const,
  ]),
  ['{"schema":1,"kind":"pods"}', 'entries is not an array'],
  ['{"schema":1,"kind":"pods","entries":[["10.0.0.1","a"]]}', 'entries[0][1] is not an array'],
  ['{"schema":1,"kind":"pods","entries":[["10.0.0.1",["a",1]]]}', 'entries[0][1][1] is not text'],
  ['{"schema":1,"kind":"namespaces"}', 'namespaces is not an array'],
  ['{"schema":1,"kind":"namespaces","namespaces":["a",null]}', 'namespaces[1] is not text'],
]

for (const [text, place] of misshapen) {
  test(`SCHEMA: ${place}: ${text}`, () => {
    assert.throws(
      () => decodeBlob(text),
      (error) => error instanceof SnapshotError && error.code === 'SCHEMA' && error.message.includes(place),
      text,
    )
  })
}

test('names of the maximum length of an answer are accepted', () => {
  const label = 'x'.repeat(63)
  const relative = `${label}.${label}.${'y'.repeat(63)}.abc`.slice(0, 195)
  for (const target of [
    '@',
    '.',
    'a',
    'Web.x.svc',
    relative,
    `${label}.${label}.${label}.${'z'.repeat(61)}.`,
  ]) {
    decodeBlob(services(['a', { target }]))
  }
  decodeBlob(endpoints(['::ffff:10.0.0.1', label], ['10.0.0.1']))
  decodeBlob(owners(['10.0.0.1', [[label, label, label]]]))
})

test('keys with a meaning in JavaScript, such as __proto__, are ordinary keys', () => {
  const blob = decodeBlob(
    '{"schema":1,"kind":"services","entries":[["__proto__",{"target":"a"}],["constructor",{"target":"b"}]]}',
  )
  assert.ok(blob.kind === 'services')
  assert.deepEqual([...blob.services.keys()], ['__proto__', 'constructor'])
  assert.equal(blob.services.get('toString'), undefined)
  // A property of a prototype is not a key of the blob.
  assert.throws(() => decodeBlob('{"__proto__":{"schema":1,"kind":"namespaces","namespaces":[]}}'), {
    code: 'SCHEMA',
  })
})

/** Decodes, or throws SnapshotError, the only error allowed. */
function decodesOrRefuses(text: string): void {
  try {
    decodeBlob(text)
  } catch (error) {
    assert.ok(error instanceof SnapshotError, String(error))
    assert.equal(error.code, 'SCHEMA')
  }
}

test('property: arbitrary JSON is decoded or rejected with a SnapshotError', () => {
  fc.assert(
    fc.property(anyJson, (value) => decodesOrRefuses(JSON.stringify(value))),
    { numRuns: 2_000 },
  )
  const kinds = fc.constantFrom('services', 'endpoints', 'reverse', 'namespaces')
  fc.assert(
    fc.property(kinds, fc.array(fc.tuple(fc.string(), anyJson)), anyJson, (kind, entries, namespaces) =>
      decodesOrRefuses(JSON.stringify({ schema: 1, kind, entries, namespaces })),
    ),
    { numRuns: 2_000 },
  )
  fc.assert(fc.property(fc.string(), decodesOrRefuses))
})

test('property: a blob with a character changed or removed is decoded or rejected with a SnapshotError', () => {
  const texts = fc.oneof(anyServices.map(encodeServices), anyEndpoints.map(encodeEndpoints))
  const change = fc.tuple(fc.nat(), fc.constantFrom('"', '[', ']', '{', '}', ',', '1', '-', 'n', ':'))
  fc.assert(
    fc.property(texts, change, fc.nat(), (text, [at, character], cut) => {
      const place = at % text.length
      decodesOrRefuses(text.slice(0, place) + character + text.slice(place + 1))
      decodesOrRefuses(text.slice(0, cut % text.length))
    }),
    { numRuns: 1_000 },
  )
})

test('very deep nesting is rejected as SCHEMA', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  decodesOrRefuses(deep)
  decodesOrRefuses(`{"schema":${deep}}`)
  decodesOrRefuses(`{"schema":1,"kind":${deep}}`)
  decodesOrRefuses(`{"schema":1,"kind":"services","entries":${deep}}`)
})
