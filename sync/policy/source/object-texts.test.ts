import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectTexts, reducePolicyObject } from './object-texts.ts'

const place = { kind: 'ConfigMap', namespace: 'kubedoh', name: 'access' } as const

test('each key of a ConfigMap is a file, in the order of the keys', () => {
  const object = reducePolicyObject(place, { metadata: {}, data: { 'b.yaml': 'B', 'a.yaml': 'A' } })
  assert.deepEqual(objectTexts(place, object), [
    { name: 'ConfigMap kubedoh/access, a.yaml', text: 'A' },
    { name: 'ConfigMap kubedoh/access, b.yaml', text: 'B' },
  ])
})

test('the values of a Secret are base64', () => {
  const secret = { ...place, kind: 'Secret' } as const
  const data = { policy: Buffer.from('version: 1 # ä').toString('base64') }
  assert.deepEqual(objectTexts(secret, reducePolicyObject(secret, { data })), [
    { name: 'Secret kubedoh/access, policy', text: 'version: 1 # ä' },
  ])
})

test('an object without data is broken, whatever its shape', () => {
  for (const object of [
    {},
    { data: null },
    { data: {} },
    { data: [] },
    { data: 'x' },
    { data: { a: 7 } },
    null,
    7,
  ]) {
    const [text, ...more] = objectTexts(place, reducePolicyObject(place, object))
    assert.match(text && 'problem' in text ? text.problem : '', /it has no data/, JSON.stringify(object))
    assert.deepEqual(more, [])
  }
})
