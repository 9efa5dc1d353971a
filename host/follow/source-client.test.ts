import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKey, importPrivateKey, importTrustedKeys } from '../../snapshot/key.ts'
import { proofHeader, verifyProof } from '../../snapshot/proof.ts'
import { createSourceClient, type FollowFetch } from './source-client.ts'

/* Requests to a source, and answers that are wrong in every way. */

const key = await importPrivateKey(await generateKey())
const hash = 'A'.repeat(43)
const url = 'https://a.example.com/prefix'

type Sent = { readonly url: string; readonly init: Parameters<FollowFetch>[1] }

async function* pieces(body: string | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof body === 'string') yield new TextEncoder().encode(body)
  else yield* body
}

function clientOf(status: number, body: string | AsyncIterable<Uint8Array>, sent: Sent[] = []) {
  const fetch: FollowFetch = async (to, init) => {
    sent.push({ url: to, init })
    return { status, body: pieces(body) }
  }
  const { signal } = new AbortController()
  return createSourceClient({ url, key, fetch }, 'prod', { nowMs: () => 1_000_000, signal })
}

test('each request has a proof for its method, path, origin and body, and follows no redirect', async () => {
  const sent: Sent[] = []
  assert.equal(await clientOf(200, 'null', sent).head(), null)
  assert.equal(await clientOf(200, 'jws', sent).root(hash), 'jws')
  assert.deepEqual(await clientOf(200, '{}\n\n', sent).texts([hash, hash]), ['{}', null])
  const keys = await importTrustedKeys([key.publicKey])
  const paths = ['/prefix/follow/prod/head', `/prefix/follow/prod/root/${hash}`, '/prefix/follow/prod/blobs']
  const nonces = new Set<string>()
  for (const [at, path] of paths.entries()) {
    const { init, url: to } = sent[at] ?? assert.fail()
    assert.equal(to, `https://a.example.com${path}`)
    const audiences = ['https://a.example.com']
    const method = at === 2 ? 'POST' : 'GET'
    const expected = { cluster: 'prod', method, path, audiences, keys, nowMs: 1_000_000 }
    const proof = await verifyProof(init.headers[proofHeader], { ...expected, type: 'kubedoh-follow' })
    assert.deepEqual([init.method, init.redirect, proof.bodyBytes], [method, 'error', init.body?.length ?? 0])
    nonces.add(proof.nonce)
  }
  assert.equal(nonces.size, 3)
})

test('a 404 says what to check, and any other status is no answer', async () => {
  await assert.rejects(clientOf(404, '').head(), { code: 'SOURCE_REFUSES', message: /under "followers"/ })
  for (const status of [204, 301, 401, 429, 500])
    await assert.rejects(clientOf(status, 'null').head(), { code: 'SOURCE_ANSWER' })
})

test('an answer that is malformed or too large is refused', async () => {
  await assert.rejects(clientOf(200, '{"generation":1}').head(), { code: 'SOURCE_ANSWER' })
  await assert.rejects(clientOf(200, ' '.repeat(2_000)).head(), { code: 'SOURCE_ANSWER', message: /1024/ })
  await assert.rejects(clientOf(200, '1\n2\n3\n').texts([hash, hash]), { code: 'SOURCE_ANSWER' })
})

test('an endless answer is read up to its limit only', async () => {
  let read = 0
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) {
      read++
      yield new Uint8Array(64 * 1024)
    }
  }
  await assert.rejects(clientOf(200, endless()).root(hash), { code: 'SOURCE_ANSWER' })
  assert.equal(read, 17)
})

test('a source that cannot be reached, or fails while it answers, is reported with its cause', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield new Uint8Array(1)
    throw new TypeError('terminated', { cause: new Error('other side closed') })
  }
  const failed = { code: 'SOURCE_UNREACHABLE', message: /other side closed/ }
  await assert.rejects(clientOf(200, broken()).root(hash), failed)
})
