import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { forgeries } from '../../snapshot/forge.case.ts'
import { maxBlobsPerRequest, maxBodyBytes } from '../../snapshot/ingest.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { post, startMs, startTestEdge, testKey } from '../../worker/edge.case.ts'
import type { DohRequest } from '../../worker/http/request.ts'
import { drawToken, policyBlobs } from '../access/make-policy.ts'
import { createRandom } from '../seeded-random.ts'
import {
  devKey,
  forged,
  genuine,
  make,
  mintingKey,
  readIngest,
  restart,
  type Scene,
  setScene,
  storedRoot,
  strangerKey,
} from './setup.case.ts'

/*
 * Forged requests to the ingest routes. Each is refused with its code, the register and the store do not change, and
 * clients still get the genuine answer.
 */

type Forgery = {
  readonly what: string
  /** Whether the proof is valid. Only then the edge explains the code, and records the refusal. */
  readonly proven: boolean
  readonly status: number
  readonly code: string
  readonly request: (scene: Scene) => Promise<DohRequest>
}

const day = 24 * 60 * 60_000
const root = (change: Partial<Record<keyof Root, unknown>> = {}): Root =>
  ({ ...forged.root, ...change }) as Root
/** A policy that admits a token to everything, and callers without one. */
const openPolicy = policyBlobs({
  tokens: [{ text: drawToken('prod', createRandom(1)), scope: 'all' }],
  anonymous: 'all',
  minting: [{ key: mintingKey, scope: 'all', maxSeconds: 900 }],
})
const named = { bits: 0, shards: ['A'.repeat(43)] }

function roots(
  what: string,
  status: number,
  code: string,
  made: Root | ((scene: Scene) => Root | Promise<Root>),
  key = testKey,
): Forgery {
  return {
    what: `a root ${what}`,
    proven: true,
    status,
    code,
    async request(scene) {
      assert.equal((await scene.sendBlobs(forged.texts)).status, 200)
      return scene.request('root', await signRoot(typeof made === 'function' ? await made(scene) : made, key))
    },
  }
}

/** Genuine bytes with an invalid proof. */
function proofs(
  what: string,
  status: number,
  code: string,
  tampering: (scene: Scene) => Parameters<Scene['request']>[2] | Promise<Parameters<Scene['request']>[2]>,
  proven = false,
): Forgery {
  return {
    what: `a request ${what}`,
    proven,
    status,
    code,
    async request(scene) {
      assert.equal((await scene.sendBlobs(forged.texts)).status, 200)
      return scene.request('root', await signRoot(forged.root, testKey), await tampering(scene))
    },
  }
}

function bodies(what: string, status: number, code: string, request: Forgery['request']): Forgery {
  return { what, proven: true, status, code, request }
}

const table: readonly Forgery[] = [
  roots("signed by a stranger's key", 400, 'ROOT_UNVERIFIED', root(), strangerKey),
  roots("signed by another cluster's key", 400, 'ROOT_UNVERIFIED', root(), devKey),
  roots('of another cluster', 400, 'ROOT_CLUSTER', root({ cluster: 'dev' })),
  roots('of an older generation', 409, 'ROOT_OLDER', root({ generation: startMs - 1 })),
  roots('of an older term', 409, 'ROOT_OLDER', root({ generation: startMs, term: 0 })),
  roots(
    'of the same generation and term with other bytes',
    409,
    'ROOT_CONFLICT',
    root({ generation: startMs }),
  ),
  roots('dated ahead by its generation', 400, 'ROOT_FUTURE', ({ clock }) =>
    root({ generation: clock.now() + 120_001 }),
  ),
  roots('dated ahead by its data', 400, 'ROOT_FUTURE', ({ clock }) =>
    root({ asOfMs: clock.now() + 120_001 }),
  ),
  roots('that has expired', 400, 'ROOT_EXPIRED', ({ clock }) => root({ asOfMs: clock.now() - day - 1 })),
  roots('of an unknown schema', 400, 'SCHEMA', root({ schema: 2 })),
  roots('without a schema', 400, 'SCHEMA', root({ schema: undefined })),
  roots('without its services', 400, 'SCHEMA', root({ services: undefined })),
  roots('with a generation that is no number', 400, 'SCHEMA', root({ generation: '9'.repeat(13) })),
  roots('that names a blob that was never stored', 409, 'BLOB_MISSING', root({ services: named })),
  roots(
    'whose policy was never stored',
    409,
    'BLOB_MISSING',
    root({ policy: { head: 'A'.repeat(43), tokens: { bits: 0, shards: [null] } } }),
  ),
  roots("whose policy's tokens were never stored", 409, 'BLOB_MISSING', async () => {
    const head = await hashBlob(forged.texts[0] ?? '')
    return root({ policy: { head, tokens: named } })
  }),
  roots('with a policy of an unknown shape', 400, 'SCHEMA', root({ policy: 'A'.repeat(43) })),
  roots('that names a blob of another cluster', 409, 'BLOB_MISSING', async (scene) => {
    const { root: other, texts } = await make('10.7.7.7')
    const body = texts.join('\n')
    const tampering = { sentTo: '/ingest/dev/blobs', cluster: 'dev', key: devKey }
    assert.equal((await scene.send(await scene.request('blobs', body, tampering))).status, 200)
    return root({ services: other.services })
  }),
  roots(
    'with a policy that was never stored',
    409,
    'BLOB_MISSING',
    root({ policy: { head: 'A'.repeat(43), tokens: { bits: 0, shards: [null] } } }),
  ),
  roots('with tokens that were never stored', 409, 'BLOB_MISSING', async (scene) => {
    const { ref, texts } = await openPolicy
    assert.equal((await scene.sendBlobs(texts.slice(0, 1))).status, 200)
    return root({ policy: ref })
  }),
  roots("with another cluster's policy", 409, 'BLOB_MISSING', async (scene) => {
    const { ref, texts } = await openPolicy
    const tampering = { sentTo: '/ingest/dev/blobs', cluster: 'dev', key: devKey }
    assert.equal((await scene.send(await scene.request('blobs', texts.join('\n'), tampering))).status, 200)
    return root({ policy: ref })
  }),
  roots('signed by a minting key', 400, 'ROOT_UNVERIFIED', root(), mintingKey),

  proofs('without a proof', 401, 'PROOF_MISSING', () => ({ proof: '' })),
  proofs("with a stranger's proof", 401, 'PROOF_UNVERIFIED', () => ({ key: strangerKey })),
  proofs("with another cluster's proof", 401, 'PROOF_UNVERIFIED', () => ({ key: devKey, cluster: 'dev' })),
  proofs('with a root for a proof', 401, 'PROOF_UNVERIFIED', (scene) => ({ proof: storedRoot(scene) ?? '' })),
  proofs("with a minting key's proof", 401, 'PROOF_UNVERIFIED', () => ({ key: mintingKey })),
  proofs('with a minted token for a proof', 401, 'PROOF_UNVERIFIED', async () => ({
    proof: await mintToken(
      { aud: 'prod', iat: startMs / 1000, exp: startMs / 1000 + 60, namespaces: ['x'] },
      mintingKey,
    ),
  })),
  proofs('with a proof for another cluster', 401, 'PROOF_MISPLACED', () => ({ cluster: 'dev' })),
  proofs('with a proof for another method', 401, 'PROOF_MISPLACED', () => ({ method: 'GET' })),
  proofs('with a proof for another edge', 401, 'PROOF_MISPLACED', () => ({
    audience: 'https://other.example.com',
  })),
  proofs('with a proof for another path', 401, 'PROOF_MISPLACED', () => ({ path: '/ingest/prod/blobs' })),
  proofs("with a proof for another cluster's path", 401, 'PROOF_MISPLACED', () => ({
    path: '/ingest/dev/root',
  })),
  proofs('with a proof too old', 401, 'PROOF_EXPIRED', () => ({ ageMs: 120_001 })),
  proofs('with a proof from the future', 401, 'PROOF_EXPIRED', () => ({ ageMs: -120_001 })),
  {
    what: 'a request with a proof that was used before',
    proven: true,
    status: 401,
    code: 'PROOF_REPLAYED',
    async request(scene) {
      const used = await scene.request('root', await signRoot(genuine.root, testKey))
      assert.equal((await scene.send(used)).status, 200)
      return used
    },
  },
  proofs('to another cluster', 401, 'PROOF_UNVERIFIED', () => ({ sentTo: '/ingest/dev/root' })),
  proofs('to an unknown cluster', 404, 'CLUSTER_UNKNOWN', () => ({ sentTo: '/ingest/nope/root' })),
  proofs('to no cluster', 404, 'CLUSTER_UNKNOWN', () => ({ sentTo: '/ingest' })),
  proofs('to an unknown route', 404, 'ROUTE_UNKNOWN', () => ({ sentTo: '/ingest/prod/policy' })),
  proofs('to a route with a slash behind', 404, 'ROUTE_UNKNOWN', () => ({ sentTo: '/ingest/prod/root/' })),
  proofs('by another method', 404, 'ROUTE_UNKNOWN', () => ({ sentAs: 'PUT' })),

  // A body of the same length other than that of the proof.
  proofs(
    'with another body',
    400,
    'BODY_MISMATCH',
    async () => ({
      provenBody: await signRoot(forged.root, strangerKey),
    }),
    true,
  ),
  proofs(
    'with a longer body than proven and declared',
    400,
    'BODY_LENGTH',
    () => ({
      provenBody: 'x'.repeat(10),
      declared: '10',
    }),
    true,
  ),
  proofs(
    'with a longer body than proven, its length undeclared',
    400,
    'BODY_LENGTH',
    () => ({
      provenBody: 'x'.repeat(10),
      declared: '',
    }),
    true,
  ),
  proofs(
    'with a longer body than proven, as declared',
    400,
    'BODY_LENGTH',
    () => ({ provenBody: 'x' }),
    true,
  ),
  proofs(
    'with a shorter body than proven',
    400,
    'BODY_LENGTH',
    () => ({
      provenBody: 'x'.repeat(10_000),
      declared: '',
    }),
    true,
  ),
  proofs('with a length that is no number', 400, 'BODY_LENGTH', () => ({ declared: '1e9x' }), true),

  bodies('a body above the limit', 413, 'BODY_TOO_LARGE', async ({ request }) => {
    const large = await request('blobs', 'x'.repeat(maxBodyBytes + 1))
    return { ...large, body: () => assert.fail('the body was read') }
  }),
  bodies('a body above the limit that is declared to be below', 400, 'BODY_LENGTH', ({ request }) =>
    request('blobs', 'x'.repeat(maxBodyBytes + 1), { provenBody: 'x', declared: '1' }),
  ),
  bodies('a body above the limit whose length only the proof tells', 413, 'BODY_TOO_LARGE', ({ request }) =>
    request('blobs', 'x'.repeat(maxBodyBytes + 1), { declared: '' }),
  ),
  bodies('too many blobs', 400, 'BLOB_COUNT', ({ request }) =>
    request('blobs', Array.from({ length: maxBlobsPerRequest + 1 }, (_, index) => `${index}`).join('\n')),
  ),
  bodies('no blobs', 400, 'BLOB_COUNT', ({ request }) => request('blobs', '\n\n')),
  bodies('an empty root', 400, 'ROOT_UNVERIFIED', ({ request }) => request('root', '')),
]

for (const { what, proven, status, code, request } of table) {
  test(`${what} is ${status} ${code}`, async () => {
    const scene = await setScene()
    const before = storedRoot(scene)
    const answer = readIngest(await scene.send(await request(scene)))
    assert.deepEqual([answer.status, answer.error?.code], [status, code])
    assert.notEqual(answer.error?.message, '')
    assert.equal(answer.declaration?.lastRefusal?.code, proven ? code : undefined)

    assert.equal(storedRoot(scene), before)
    const state = readIngest(await scene.send(await scene.request('state', '')))
    assert.deepEqual([state.status, state.root], [200, before])
    assert.equal(state.declaration?.lastRefusal?.code, proven ? code : undefined)
    for (const isolate of [scene, await restart(scene)]) {
      assert.equal(await isolate.webAddress(), '10.96.0.10')
    }
  })
}

test('property: every forged root and every forged proof is refused', async () => {
  const scene = await setScene()
  const parties = {
    agent: testKey,
    stranger: strangerKey,
    trusted: await importTrustedKeys([testKey.publicKey]),
  }
  const jws = await signRoot(forged.root, testKey)
  for (const [what, text] of await forgeries(jws, forged.root, 'kubedoh-root', parties)) {
    const { status, error } = readIngest(await scene.send(await scene.request('root', text)))
    assert.deepEqual([status, error?.code], [400, 'ROOT_UNVERIFIED'], what)
  }
  const claim = {
    cluster: 'prod',
    method: 'POST',
    path: '/ingest/prod/root',
    body: new TextEncoder().encode(jws),
  }
  const proof = await signProof(claim, testKey, scene.clock.now())
  const payload: unknown = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString())
  const said = new Set<string>()
  for (const [what, text] of await forgeries(proof, payload, 'kubedoh-proof', parties)) {
    if (text === '') continue
    const response = await scene.send(post(claim.path, jws, { [proofHeader]: text }))
    assert.equal(response.status, 401, what)
    said.add(String(response.body))
  }
  assert.equal(said.size, 1, [...said].join())
  assert.equal(await scene.webAddress(), '10.96.0.10')
})

test('the same root again and the next one are accepted', async () => {
  const scene = await setScene()
  assert.equal((await scene.sendRoot(genuine.root)).status, 200)
  assert.equal((await scene.sendBlobs(forged.texts)).status, 200)
  assert.equal((await scene.sendRoot(forged.root)).status, 200)
  assert.equal(await scene.webAddress(), '10.66.66.66')
})

test('a request exactly at the limits is accepted', async () => {
  const scene = await setScene()
  const texts = Array.from({ length: maxBlobsPerRequest }, (_, index) => `${index}`)
  assert.equal((await scene.sendBlobs(texts)).status, 200)
  assert.equal((await scene.sendBlobs(['x'.repeat(maxBodyBytes)])).status, 200)
})

test('a proof that is two minutes off, in either direction, is accepted', async () => {
  const scene = await setScene()
  for (const ageMs of [120_000, -120_000]) {
    const { status } = readIngest(await scene.send(await scene.request('state', '', { ageMs })))
    assert.equal(status, 200)
  }
})

test('a nonce is remembered for as long as its proof is valid', async () => {
  const scene = await setScene()
  const ahead = await scene.request('state', '', { ageMs: -120_000 })
  assert.equal((await scene.send(ahead)).status, 200)
  for (const waitMs of [1, 119_999, 120_000]) {
    scene.clock.advance(waitMs)
    assert.equal(readIngest(await scene.send(ahead)).error?.code, 'PROOF_REPLAYED')
  }
  scene.clock.advance(1)
  assert.equal(readIngest(await scene.send(ahead)).error?.code, 'PROOF_EXPIRED')
})

test('an edge without ingest routes has no cluster to publish to', async () => {
  const scene = await setScene()
  const closed = startTestEdge(scene.edge.config.clusters, { ingest: false })
  const answer = readIngest(
    await closed.send(await scene.request('root', await signRoot(forged.root, testKey))),
  )
  assert.deepEqual([answer.status, answer.error?.code, answer.declaration], [404, 'CLUSTER_UNKNOWN', null])
})
