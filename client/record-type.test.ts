import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeCode, typeText } from './record-type.ts'

for (const [text, code] of [
  ['A', 1],
  ['aaaa', 28],
  ['HTTPS', 65],
  ['type65', 65],
  ['TYPE65280', 65_280],
  ['257', 257],
  ['65535', 65_535],
  ['0', 0],
] as const) {
  test(`${text} is type ${code}`, () => assert.equal(typeCode(text), code))
}

for (const text of ['', 'B', '65536', '-1', '1.5', 'TYPE', 'constructor', '1e3']) {
  test(`"${text}" is not a type`, () => assert.throws(() => typeCode(text), { code: 'OPTION_TYPE' }))
}

test('types are written as mnemonics, or by number', () => {
  assert.deepEqual([1, 65, 65_280].map(typeText), ['A', 'HTTPS', 'TYPE65280'])
})
