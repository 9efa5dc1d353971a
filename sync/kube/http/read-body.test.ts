import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { linesOf, textOf } from './read-body.ts'

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const line of lines) found.push(line)
  return found
}

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (let n = 0; start < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length
    yield bytes.subarray(start, start + size)
    start += size
  }
}

const texts = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\u2028', 'é', '𝄞', '"'), maxLength: 40 })
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

test('lines end at line feeds however the bytes are chunked, and text after the last one is dropped', async () => {
  await fc.assert(
    fc.asyncProperty(texts, sizes, async (text, chunkSizes) => {
      const bytes = new TextEncoder().encode(text)
      assert.deepEqual(await all(linesOf(cut(bytes, chunkSizes))), text.split('\n').slice(0, -1))
      assert.equal(await textOf(cut(bytes, chunkSizes)), text)
    }),
  )
})

async function* repeat(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < times; n++) yield chunk
}

const kibibyte = new TextEncoder().encode('x'.repeat(1024))

test('a line of more than 16 Mi characters is an error, and bytes are scanned only once', async () => {
  const beganMs = performance.now()
  await assert.rejects(all(linesOf(repeat(kibibyte, 1024 * 1024))), { code: 'KUBE_TOO_LARGE' })
  assert.ok(performance.now() - beganMs < 60_000)
})

test('a body has at most 64 Mi characters, or the limit of its reader', async () => {
  assert.equal((await textOf(repeat(kibibyte, 64 * 1024))).length, 64 * 1024 * 1024)
  await assert.rejects(textOf(repeat(kibibyte, 1024 * 1024)), { code: 'KUBE_TOO_LARGE' })
  await assert.rejects(textOf(repeat(kibibyte, 3), 2048), { code: 'KUBE_TOO_LARGE' })
})
