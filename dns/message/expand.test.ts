import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyName, latin1 } from '../arbitrary.case.ts'
import { type Name, root } from '../name.ts'
import { BrokenMessage, expandRdata, readName } from './expand.ts'

const header = '\0'.repeat(12)

/** The name at `start` of a message, or 'broken'. */
function nameAt(text: string, start: number): { name: Name; end: number } | 'broken' {
  try {
    return readName(latin1(header + text), 12 + start)
  } catch (error) {
    assert.ok(error instanceof BrokenMessage)
    assert.equal(error.code, 'MESSAGE_BROKEN')
    return 'broken'
  }
}

/** Bytes after the rdata are not part of it, even where they would complete a pointer. */
function rdataOf(type: number, text: string, before = ''): string {
  const start = 12 + before.length
  const bytes = latin1(`${header}${before}${text}\x0c\0\0`)
  try {
    return Buffer.from(expandRdata(bytes, type, start, start + text.length)).toString('latin1')
  } catch (error) {
    assert.ok(error instanceof BrokenMessage)
    return 'broken'
  }
}

test('property: a name without pointers is read unchanged, regardless of the bytes after it', () => {
  fc.assert(
    fc.property(anyName, fc.string({ unit: 'binary-ascii', maxLength: 20 }), (name, rest) => {
      assert.deepEqual(nameAt(name + rest, 0), { name, end: 12 + name.length })
    }),
  )
})

test('property: a name that is split at any label and continued by a pointer is the same name', () => {
  fc.assert(
    fc.property(anyName, fc.nat(7), (name, cut) => {
      const starts: number[] = []
      for (let at = 0; at < name.length; at += 1 + name.charCodeAt(at)) starts.push(at)
      const at = starts[Math.min(cut, starts.length - 1)] ?? 0
      const suffix = name.slice(at)
      const text = suffix + name.slice(0, at) + '\xc0\x0c'
      assert.deepEqual(nameAt(text, suffix.length), { name, end: 12 + suffix.length + at + 2 })
    }),
  )
})

test('a pointer leads backwards into the body, or the message is broken', () => {
  assert.equal(nameAt('\xc0\x0c', 0), 'broken')
  assert.equal(nameAt('\xc0\x0e\0', 0), 'broken')
  assert.equal(nameAt('\0\xc0\x0b', 1), 'broken')
  assert.equal(nameAt('\0\xc0', 1), 'broken')
  assert.equal(nameAt('\x01a\xc0\x0c', 0), 'broken')
  assert.deepEqual(nameAt('\0\xc0\x0c', 1), { name: root, end: 15 })
  // RFC 1035 §4.1.4: 01 and 10 are reserved label types.
  assert.equal(nameAt(`\x40${'a'.repeat(64)}\0`, 0), 'broken')
  assert.equal(nameAt(`\x80${'a'.repeat(128)}\0`, 0), 'broken')
  assert.equal(nameAt('\x05abc\0', 0), 'broken')
  assert.equal(nameAt('\x03abc', 0), 'broken')
})

test('a name of 255 bytes is read, one of 256 is broken, with and without pointers', () => {
  const label = (bytes: number): string => String.fromCharCode(bytes) + 'x'.repeat(bytes)
  const long = label(63) + label(63) + label(63)
  const longest = long + label(61) + root
  assert.equal(longest.length, 255)
  assert.deepEqual(nameAt(longest, 0), { name: longest, end: 267 })
  assert.equal(nameAt(long + label(62) + root, 0), 'broken')
  const suffix = label(61) + root
  assert.deepEqual(nameAt(`${suffix}${long}\xc0\x0c`, suffix.length), {
    name: longest,
    end: 12 + suffix.length + long.length + 2,
  })
  const more = label(62) + root
  assert.equal(nameAt(`${more}${long}\xc0\x0c`, more.length), 'broken')
})

test('a chain of pointers to pointers is followed 127 times', () => {
  const chain = (length: number): string =>
    root + Array.from({ length }, (_, index) => pointerTo(index === 0 ? 0 : 2 * index - 1)).join('')
  const lastOf = (length: number): number => 1 + 2 * (length - 1)
  assert.deepEqual(nameAt(chain(127), lastOf(127)), { name: root, end: 12 + lastOf(127) + 2 })
  assert.equal(nameAt(chain(128), lastOf(128)), 'broken')
})

function pointerTo(start: number): string {
  return String.fromCharCode(0xc0 | ((12 + start) >> 8), (12 + start) & 0xff)
}

const www = '\x03www\x07example\x03com\0'
const at = pointerTo(0)
/** Type → rdata with pointers to `www`, and in full. */
const compressed: readonly (readonly [type: number, short: string, full: string])[] = [
  ...[2, 3, 4, 5, 7, 8, 9, 12, 39].map((type) => [type, at, www] as const),
  [30, `${at}\x01\x02`, `${www}\x01\x02`],
  [6, at + at + 'x'.repeat(20), www + www + 'x'.repeat(20)],
  [14, at + at, www + www],
  [17, `\x01a${at}${at}`, `\x01a${www}${www}`],
  ...[15, 18, 21, 36].map((type) => [type, `\0\x0a${at}`, `\0\x0a${www}`] as const),
  [24, 'x'.repeat(18) + at + 'sig', 'x'.repeat(18) + www + 'sig'],
  [26, `\0\x01${at}${at}`, `\0\x01${www}${www}`],
  [33, `\0\x01\0\x02\0\x03${at}`, `\0\x01\0\x02\0\x03${www}`],
  [35, `\0\x01\0\x02\x01u\0\x02ab${at}`, `\0\x01\0\x02\x01u\0\x02ab${www}`],
]
for (const [type, short, full] of compressed) {
  test(`all names of type ${type} are written in full`, () => {
    assert.equal(rdataOf(type, short, www), full)
    assert.equal(rdataOf(type, full, www), full)
    const behind = type === 24 ? 4 : type === 30 ? 3 : type === 6 ? 21 : 1
    assert.equal(rdataOf(type, short.slice(0, -behind), www), 'broken')
  })
}

test('property: rdata of any other type is unchanged, with or without pointers', () => {
  const known = new Set(compressed.map(([type]) => type))
  const others = fc.nat(65_535).filter((type) => !known.has(type))
  fc.assert(
    fc.property(others, fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      const text = Buffer.from(bytes).toString('latin1')
      assert.equal(rdataOf(type, text, www), text)
    }),
  )
  for (const type of [64, 65, 46, 47]) assert.equal(rdataOf(type, `\0\x01${at}`, www), `\0\x01${at}`)
})

test('property: expanded rdata has no pointers, and expanding it again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...compressed.map(([type]) => type)),
      fc.uint8Array({ maxLength: 60 }),
      (type, bytes) => {
        const full = rdataOf(type, Buffer.from(bytes).toString('latin1'), www)
        if (full !== 'broken') assert.equal(rdataOf(type, full), full)
      },
    ),
    { numRuns: 2_000 },
  )
})
