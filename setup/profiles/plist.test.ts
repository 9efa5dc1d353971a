import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parse } from 'plist'
import { type PlistDictionary, plistText } from './plist.ts'

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc
      .string({ minLength: 1, unit: fc.constantFrom('a', 'Z', ' ', 'é', '<', '>', '&', "'", '"', ']') })
      .filter((text) => text.trim() === text && text !== ''),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[A-Za-z<&]{1,8}$/), tie('tree'), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}))

test('a parser of property lists reads what is written', () => {
  fc.assert(
    fc.property(tree, (value) => {
      assert.deepEqual(parse(plistText({ value } as PlistDictionary)), { value })
    }),
  )
})
