import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createFrameReader, frame } from './framing.ts'

/** All messages of a stream that arrives in chunks. */
function readAll(
  chunks: readonly Uint8Array[],
  maxBytes: number,
): { messages: Uint8Array[]; isPartial: boolean } {
  const reader = createFrameReader(maxBytes)
  const messages: Uint8Array[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let next = reader.next(); next; next = reader.next()) messages.push(next)
  }
  return { messages, isPartial: reader.isPartial() }
}

/** Divides bytes at the given places, as fractions of the rest. */
function divide(bytes: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const fraction of fractions) {
    const end = at + Math.floor(fraction * (bytes.length - at))
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  return [...chunks, bytes.subarray(at)]
}

const anyMessages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
const anyFractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

test('messages are the same over any division of the stream', () => {
  fc.assert(
    fc.property(anyMessages, anyFractions, (sent, fractions) => {
      const stream = Buffer.concat(sent.map(frame))
      const { messages, isPartial } = readAll(divide(stream, fractions), 1_000)
      assert.deepEqual(messages.map(Buffer.from), sent.map(Buffer.from))
      assert.equal(isPartial, false)
    }),
  )
})

test('single bytes are put together', () => {
  const stream = Buffer.concat([frame(Uint8Array.of(1, 2, 3)), frame(Uint8Array.of(4))])
  const { messages } = readAll(
    Array.from(stream, (byte) => Uint8Array.of(byte)),
    10,
  )
  assert.deepEqual(messages, [Uint8Array.of(1, 2, 3), Uint8Array.of(4)])
})

test('of a message that is too long, its beginning is returned, and the next one is read', () => {
  const long = Uint8Array.from({ length: 65_535 }, (_, at) => at)
  const stream = Buffer.concat([frame(long), frame(Uint8Array.of(9))])
  for (const chunks of [[stream], divide(stream, [0.0001, 0.01, 0.5])]) {
    const { messages } = readAll(chunks, 10)
    assert.deepEqual(messages, [long.slice(0, 11), Uint8Array.of(9)])
  }
})

test('a message is partial from the first byte of its length to its last byte', () => {
  const reader = createFrameReader(10)
  const seen = [0, 2, 7, 8].map((byte) => {
    const before = reader.isPartial()
    reader.push(Uint8Array.of(byte))
    return [before, reader.next() !== undefined, reader.isPartial()]
  })
  assert.deepEqual(seen, [
    [false, false, true],
    [true, false, true],
    [true, false, true],
    [true, true, false],
  ])
})
