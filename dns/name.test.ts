import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyFoldedName, anyLabel, anyName } from './arbitrary.case.ts'
import { fold, isNameText, labelName, labelStarts, labelsOf, nameFromText, nameToText, root } from './name.ts'

test('a name is encoded as lengths and labels, with the root last', () => {
  assert.equal(nameFromText('web.default.svc'), '\x03web\x07default\x03svc\0')
  assert.equal(nameFromText('Web.'), '\x03Web\0')
  for (const text of ['', '.']) assert.equal(nameFromText(text), root)
  assert.equal(nameFromText('_http._tcp.a-b.xn--x'), '\x05_http\x04_tcp\x03a-b\x05xn--x\0')
})

test('text that is not a name throws, and the message repeats it', () => {
  const texts = [
    'a..b',
    '.a',
    '..',
    'a..',
    `${'a'.repeat(64)}.b`,
    'a b',
    'a\n',
    'a\0b',
    'café',
    '\u212a8s',
    'a\x7fb',
    `${'abcdefg.'.repeat(31)}abcdefg`,
  ]
  for (const text of texts) {
    const refused = (error: unknown): boolean =>
      error instanceof RangeError && error.message.includes(`"${text}"`)
    assert.throws(() => nameFromText(text), refused, text)
    assert.equal(isNameText(text), false)
  }
})

test('the longest label has 63 bytes, the longest name 255', () => {
  const label = 'a'.repeat(63)
  assert.equal(nameFromText(label).length, 65)
  const longest = `${label}.${label}.${label}.${'b'.repeat(61)}`
  assert.equal(nameFromText(longest).length, 255)
  assert.equal(nameFromText(`${longest}.`).length, 255)
  assert.equal(isNameText(longest), true)
  assert.equal(isNameText(`${longest}b`), false)
  assert.throws(() => labelName(''), RangeError)
  assert.throws(() => labelName('a'.repeat(64)), RangeError)
})

test('only ASCII letters are folded', () => {
  assert.equal(fold('\x04WeB-\0'), '\x04web-\0')
  assert.equal(fold('AZ[@`az'), 'az[@`az')
  const upper = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
  const changed = upper
    .split('')
    .filter((character, code) => fold(upper).charCodeAt(code) !== character.charCodeAt(0))
  assert.equal(changed.join(''), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  // The lower case of KELVIN SIGN and of capital I with a dot is in ASCII, but neither is folded in names.
  assert.equal(fold('\u212a\u0130'), '\u212a\u0130')
})

test('the text of a name is the one that dig prints', () => {
  assert.equal(nameToText(root), '.')
  assert.equal(nameToText('\x03web\x01a\0'), 'web.a.')
  assert.equal(nameToText('\x03a.b\0'), 'a\\.b.')
  assert.equal(nameToText('\x06\0\t \xff"\\\0'), '\\000\\009\\032\\255\\"\\\\.')
  assert.equal(nameToText('\x05();@$\0'), '\\(\\)\\;\\@\\$.')
})

test('property: joining the labels of a name gives the name', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const labels = labelsOf(name)
      assert.equal(labels.map(labelName).join('') + root, name)
      assert.deepEqual(
        labelStarts(name).map((start) => labelsOf(name.slice(start)).length),
        [...labels.keys(), labels.length].toReversed(),
      )
      assert.equal(fold(fold(name)), fold(name))
      assert.deepEqual(labelsOf(fold(name)), labels.map(fold))
    }),
  )
})

test('property: different names have different texts', () => {
  fc.assert(fc.property(anyName, anyName, (a, b) => assert.equal(nameToText(a) === nameToText(b), a === b)))
  fc.assert(
    fc.property(anyLabel, (label) => assert.match(nameToText(labelName(label) + root), /^[\x21-\x7e]+$/)),
  )
})

test('property: names of visible characters are read and written unchanged', () => {
  fc.assert(
    fc.property(anyFoldedName, (name) => {
      const text = nameToText(name)
      if (text.includes('\\')) return
      assert.equal(nameFromText(text), name)
      assert.equal(nameFromText(text.slice(0, -1)), name)
    }),
  )
})
