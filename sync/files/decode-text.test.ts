import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeText } from './decode-text.ts'

const text = 'name: "grün 🌱"\n'

function utf16(swap: boolean): Uint8Array {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return swap ? bytes.swap16() : bytes
}

const readable: readonly (readonly [string, Uint8Array])[] = [
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
  ['UTF-16 LE with a byte order mark', utf16(false)],
  ['UTF-16 BE with a byte order mark', utf16(true)],
]
for (const [name, bytes] of readable) {
  test(`reads ${name}`, () => assert.deepEqual(decodeText(bytes), { text }))
}

const unreadable: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'UTF-16 without a mark',
    Buffer.from(text, 'utf16le'),
    /not UTF-8 text and has no byte order mark; save it as/,
  ],
  ['Latin-1', Buffer.from('grün', 'latin1'), /not UTF-8 text/],
  ['UTF-16 LE that ends within a character', utf16(false).subarray(0, 7), /not UTF-16LE text; save it as/],
  ['UTF-32 LE', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /not UTF-16LE text/],
  ['a NUL', Buffer.from('a: \0'), /not UTF-8 text/],
]
for (const [name, bytes, problem] of unreadable) {
  test(`refuses ${name}`, () => {
    const decoded = decodeText(bytes)
    assert.match('problem' in decoded ? decoded.problem : '', problem)
  })
}

test('an empty file is an empty text', () => assert.deepEqual(decodeText(new Uint8Array()), { text: '' }))
