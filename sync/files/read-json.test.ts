import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readJson } from './read-json.ts'

const cases: readonly (readonly [string, string, unknown[] | undefined])[] = [
  ['one object', ' {"a": 1}\n', [{ a: 1 }]],
  ['an array', '[{"a": 1}]', [[{ a: 1 }]]],
  ['objects back to back', '{"a": 1}{"b": 2}\n{"c": 3}', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ['JSON Lines with CRLF', '{"a": 1}\r\n{"b": 2}\r\n', [{ a: 1 }, { b: 2 }]],
  ['separators and comments between objects', '{"a": 1}\n---\n# b\n{"b": 2}\n...\n', [{ a: 1 }, { b: 2 }]],
  ['brackets in strings', '{"a": "}]\\""}{"b": "\\\\"}', [{ a: '}]"' }, { b: '\\' }]],
  ['equal keys: the last one counts', '{"a": 1, "a": 2}', [{ a: 2 }]],
  ['nothing', '', undefined],
  ['a YAML mapping', 'a: 1', undefined],
  ['a YAML flow mapping', '{a: 1}', undefined],
  ['JSON, then something else', '{"a": 1} x', undefined],
  ['a bracket too many', '{"a": 1}}', undefined],
  ['an object that does not end', '{"a": 1}{"b": "', undefined],
]
for (const [name, text, values] of cases) {
  test(name, () =>
    assert.deepEqual(
      readJson(text)?.map(({ value }) => value),
      values,
    ),
  )
}

test('each value has the offset at which it begins', () => {
  assert.deepEqual(
    readJson('\n{"a": 1}\n{"b": 2}')?.map(({ offset }) => offset),
    [1, 10],
  )
})

test('concatenated objects are each read as by JSON.parse', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }), (objects) => {
      const texts = objects.map((object) => JSON.stringify(object))
      assert.deepEqual(
        readJson(texts.join(''))?.map(({ value }) => value),
        texts.map((text) => JSON.parse(text)),
      )
    }),
  )
})
