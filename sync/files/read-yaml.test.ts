import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readYaml, type TextDocument } from './read-yaml.ts'

/** Scalars and their values as `kubectl annotate --local -o json` of kubectl 1.32 prints them. */
const scalars: readonly (readonly [string, unknown])[] = [
  ...['yes', 'Yes', 'YES', 'y', 'Y', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map(
    (text) => [text, true] as const,
  ),
  ...['no', 'No', 'NO', 'n', 'N', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map(
    (text) => [text, false] as const,
  ),
  ['"no"', 'no'],
  ["'true'", 'true'],
  ['~', null],
  ['null', null],
  ['', null],
  ['80', 80],
  ['+5', 5],
  ['-5', -5],
  ['010', 8],
  ['0o17', 15],
  ['09', 9],
  ['0x1F', 31],
  ['0b11', 3],
  ['1_000', 1000],
  ['.5', 0.5],
  ['1.', 1],
  ['1e3', 1000],
  ['12e03', 12000],
  ['"80"', '80'],
  ['1:30', '1:30'],
  ['190:20:30', '190:20:30'],
  ['2001-01-01', '2001-01-01'],
  ['10.1.1.1', '10.1.1.1'],
  ['fd00::1', 'fd00::1'],
  ['None', 'None'],
  ['=', '='],
  ['!!str no', 'no'],
  ['!!bool yes', true],
  ['!!timestamp 2001-01-01', '2001-01-01'],
]
for (const [text, value] of scalars) {
  test(`${text || 'nothing'} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(values(`a: ${text}`), [{ a: value }])
  })
}

const documents: readonly (readonly [string, string, unknown[]])[] = [
  ['no text', '', []],
  ['comments only', '# a\n', []],
  [
    'separators, comments and null',
    '# a\n---\n---\n# b\n---\nnull\n---\na: 1\n',
    [null, null, null, { a: 1 }],
  ],
  ['an end mark', 'a: 1\n...\n# b\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['a version', '%YAML 1.1\n---\na: no\n', [{ a: false }]],
  ['JSON among YAML', '{"a": 1}\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['a comment right behind a separator', 'a: 1\n---# b\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  [
    'unknown tags',
    'a: !x 1\nb: !x [1]\nc: !x {d: no}\ne: !!set {f}\n',
    [{ a: '1', b: [1], c: { d: false }, e: { f: null } }],
  ],
  ['CRLF', 'a: 1\r\n---\r\nb: no\r\n', [{ a: 1 }, { b: false }]],
  ['equal keys: the last one counts', 'a: 1\na: 2\n', [{ a: 2 }]],
  [
    'an anchor and a merge',
    'a: &x {k: 1}\nb: {<<: *x, z: *x}\n',
    [{ a: { k: 1 }, b: { k: 1, z: { k: 1 } } }],
  ],
  ['a block scalar with a separator in it', 'a: |\n  ---\n  b\n', [{ a: '---\nb\n' }]],
]
for (const [name, text, expected] of documents) {
  test(`documents: ${name}`, () => assert.deepEqual(values(text), expected))
}

test('each document has the offset at which its content begins', () => {
  assert.deepEqual(
    documentsOf('# a\n---\na: 1\n---\n- b\n---\nc\n').map(({ offset }) => offset),
    [8, 17, 25],
  )
})

test('anchors of one document are unknown in the next', () => {
  assert.deepEqual(readYaml('a: &x 1\n---\nb: *x\n'), {
    problem: 'unidentified alias "x"',
    place: { line: 3, column: 5 },
  })
})

test('aliases that multiply nodes are refused before they are followed', () => {
  const levels = Array.from(
    { length: 30 },
    (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(',')}]`,
  )
  assert.match(problemOf(['a0: &a0 [x]', ...levels].join('\n')), /aliases repeat too many nodes/)
})

test('thousands of aliases of one small node are read', () => {
  const labels = Array.from({ length: 5_000 }, () => '- *labels').join('\n')
  assert.equal((values(`a: &labels {app: web}\nb:\n${labels}`) as [{ b: unknown[] }])[0].b.length, 5_000)
})

test('nesting deeper than any object is refused', () => {
  assert.match(problemOf('['.repeat(100_000)), /nesting exceeded/)
})

function documentsOf(text: string): readonly TextDocument[] {
  const outcome = readYaml(text)
  return 'documents' in outcome ? outcome.documents : assert.fail(outcome.problem)
}

function values(text: string): unknown[] {
  return documentsOf(text).map(({ value }) => value)
}

function problemOf(text: string): string {
  const outcome = readYaml(text)
  return 'problem' in outcome ? outcome.problem : assert.fail('it was read')
}

test('no text makes it throw', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '&a ',
    '*a',
    '[',
    ']',
    '{',
    '}',
    '"',
    '---\n',
    '!x ',
    '|\n',
    '<<: ',
  )
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void readYaml(pieces.join(''))))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readYaml(text)))
})
