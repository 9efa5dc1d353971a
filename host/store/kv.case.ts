import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KvReader, KvWriter } from '../../worker/ports.ts'

/** An empty store under test, and a function that closes it. */
export type KvUnderTest = { readonly kv: KvReader & KvWriter; close(): Promise<void> }

/** The shortest `cacheTtl` that Cloudflare's KV takes, in seconds. */
const cacheTtl = 30

/**
 * The requirements of the edge and the register on a key-value store, as tests that run for every store.
 * Each key is written before it is first read, as a store may remember for a while that a key was absent.
 */
export function kvContract(name: string, open: () => Promise<KvUnderTest>): void {
  describe(`key-value store: ${name}`, () => {
    let store: KvUnderTest
    before(async () => {
      store = await open()
    })
    after(() => store.close())
    const get = (key: string): Promise<string | null> => store.kv.get(key, { cacheTtl })

    it('returns null for a key that was never written', async () => {
      assert.equal(await get('never'), null)
    })

    it('returns the value that was put', async () => {
      await store.kv.put('root:one', 'value')
      assert.equal(await get('root:one'), 'value')
    })

    it('distinguishes an empty value from an absent one', async () => {
      await store.kv.put('empty', '')
      assert.equal(await get('empty'), '')
    })

    it('keeps text of any script, NUL and line ends included', async () => {
      const text = 'Größe 名前 🗄 \u0000 \r\n"\\'
      await store.kv.put('text', text)
      assert.equal(await get('text'), text)
    })

    it('keeps a value of one MiB', async () => {
      const text = 'x'.repeat(1024 * 1024)
      await store.kv.put('large', text)
      assert.equal(await get('large'), text)
    })

    it('keeps every character of a key unchanged', async () => {
      const keys = ['a_b', 'a%b', 'a/b', 'a:b', 'a-b', 'A-B', 'a b', "a'b"]
      await Promise.all(keys.map((key) => store.kv.put(key, `value of ${key}`)))
      const values = await Promise.all(keys.map(get))
      assert.deepEqual(
        values,
        keys.map((key) => `value of ${key}`),
      )
    })

    it('deletes a value, and accepts a second deletion', async () => {
      await store.kv.put('gone', 'value')
      await store.kv.put('kept', 'value')
      await store.kv.delete('gone')
      await store.kv.delete('gone')
      assert.equal(await get('gone'), null)
      assert.equal(await get('kept'), 'value')
    })

    it('keeps the last of several values', async () => {
      await store.kv.put('twice', 'first')
      await store.kv.put('twice', 'second')
      assert.equal(await get('twice'), 'second')
    })
  })
}
