import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashBlob } from '../../snapshot/blob.ts'
import { decodeTexts, followPaths, maxFollowedBlobs, readHead } from '../../snapshot/follow.ts'
import { forgeries } from '../../snapshot/forge.case.ts'
import { generateKey, importPrivateKey, importTrustedKeys, type SigningKey } from '../../snapshot/key.ts'
import { mintToken } from '../../snapshot/policy/minted-token.ts'
import { type ProofType, proofHeader, signProof } from '../../snapshot/proof.ts'
import { clusterConfig, get, post, startMs, startTestEdge, testKey } from '../../worker/edge.case.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { digAt } from '../dig.ts'
import {
  devKey,
  edgeOrigin,
  genuine,
  mintingKey,
  readIngest,
  restart,
  type Scene,
  setScene,
  storedRoot,
  strangerKey,
} from './setup.case.ts'

/*
 * Forged requests to the routes for followers. Each gets the response of an unknown path, byte for byte, and the reason is in
 * the edge's log at most.
 */

const followerKey: SigningKey = await importPrivateKey(await generateKey())
const devFollowerKey: SigningKey = await importPrivateKey(await generateKey())
const clusters = [
  clusterConfig({ id: 'prod', zones: ['cluster.local'], followers: [followerKey.publicKey] }),
  clusterConfig({
    id: 'dev',
    zones: ['dev.example.com'],
    keys: [devKey.publicKey],
    followers: [devFollowerKey.publicKey],
  }),
  clusterConfig({ id: 'alone', zones: ['alone.example.com'], keys: [devKey.publicKey] }),
]

const begin = (): Promise<Scene> => setScene(genuine, { clusters })

/** Changes to a follower's request. Fields that are left out are as in the genuine one. */
type Tampering = {
  readonly key?: SigningKey
  readonly type?: ProofType
  readonly cluster?: string
  readonly method?: string
  readonly path?: string
  readonly audience?: string | undefined
  readonly provenBody?: string
  readonly ageMs?: number
  readonly proof?: string
  readonly sentTo?: string
  readonly sentAs?: string
}

type Route = 'head' | 'root' | 'blobs'
const routes: readonly Route[] = ['head', 'root', 'blobs']

async function requestOf(scene: Scene, route: Route, tampering: Tampering = {}): Promise<DohRequest> {
  const rootHash = await hashBlob(storedRoot(scene) ?? '')
  const paths = {
    head: followPaths.head('prod'),
    root: followPaths.root('prod', rootHash),
    blobs: followPaths.blobs('prod'),
  }
  const sentTo = tampering.sentTo ?? paths[route]
  const sentAs = tampering.sentAs ?? (route === 'blobs' ? 'POST' : 'GET')
  const body = route === 'blobs' ? `${await hashBlob(genuine.texts[0] ?? '')}\n` : ''
  const claim = {
    cluster: tampering.cluster ?? 'prod',
    method: tampering.method ?? sentAs,
    path: tampering.path ?? sentTo,
    audience: 'audience' in tampering ? tampering.audience : edgeOrigin,
    body: new TextEncoder().encode(tampering.provenBody ?? body),
  }
  const atMs = scene.clock.now() - (tampering.ageMs ?? 0)
  const { key = followerKey, type = 'kubedoh-follow' } = tampering
  const proof = tampering.proof ?? (await signProof(claim, key, atMs, type))
  const headers = proof === '' ? {} : { [proofHeader]: proof }
  return { ...(route === 'blobs' ? post(sentTo, body, headers) : get(sentTo, headers)), method: sentAs }
}

const unknownPath = (scene: Scene): Promise<DohResponse> => scene.send(get('/nowhere'))

/** The forgeries, each with the code in the log; undefined: nothing is logged. */
const table: Readonly<
  Record<
    string,
    readonly [code: string | undefined, tampering: (scene: Scene) => Tampering | Promise<Tampering>]
  >
> = {
  'without a proof': [undefined, () => ({ proof: '' })],
  "with a stranger's proof": ['PROOF_UNVERIFIED', () => ({ key: strangerKey })],
  "with the agent's key": ['PROOF_UNVERIFIED', () => ({ key: testKey })],
  "with the agent's proof": ['PROOF_UNVERIFIED', () => ({ key: testKey, type: 'kubedoh-proof' })],
  "with the follower's key and the type of agents": ['PROOF_UNVERIFIED', () => ({ type: 'kubedoh-proof' })],
  "with another cluster's follower's key": ['PROOF_UNVERIFIED', () => ({ key: devFollowerKey })],
  "with a minting key's proof": ['PROOF_UNVERIFIED', () => ({ key: mintingKey })],
  'with a root for a proof': ['PROOF_UNVERIFIED', (scene) => ({ proof: storedRoot(scene) ?? '' })],
  'with a minted token for a proof': [
    'PROOF_UNVERIFIED',
    async () => {
      const claims = { aud: 'prod', iat: startMs / 1000, exp: startMs / 1000 + 60, namespaces: ['x'] }
      return { proof: await mintToken(claims, followerKey) }
    },
  ],
  'with a proof for another cluster': ['PROOF_MISPLACED', () => ({ cluster: 'dev' })],
  'with a proof for another method': ['PROOF_MISPLACED', () => ({ method: 'PUT' })],
  'with a proof for another path': ['PROOF_MISPLACED', () => ({ path: '/follow/prod/nothing' })],
  'with a proof for another edge': ['PROOF_MISPLACED', () => ({ audience: 'https://other.example.com' })],
  'with a proof for no edge': ['PROOF_MISPLACED', () => ({ audience: undefined })],
  'with a proof too old': ['PROOF_EXPIRED', () => ({ ageMs: 120_001 })],
  'with a proof from the future': ['PROOF_EXPIRED', () => ({ ageMs: -120_001 })],
  'with a proof for a longer body': ['BODY_LENGTH', () => ({ provenBody: 'x'.repeat(100) })],
  'to another cluster': ['PROOF_UNVERIFIED', () => ({ sentTo: '/follow/dev/head', sentAs: 'GET' })],
  'to a cluster without followers': [
    'PROOF_UNVERIFIED',
    () => ({ sentTo: '/follow/alone/head', sentAs: 'GET' }),
  ],
  'to an unknown cluster': ['PROOF_UNVERIFIED', () => ({ sentTo: '/follow/nope/head', sentAs: 'GET' })],
  'to no cluster': ['PROOF_UNVERIFIED', () => ({ sentTo: '/follow', sentAs: 'GET' })],
  'to an unknown route': ['PROOF_UNVERIFIED', () => ({ sentTo: '/follow/prod/policy', sentAs: 'GET' })],
  'to a route with a slash behind': [
    'PROOF_UNVERIFIED',
    () => ({ sentTo: '/follow/prod/head/', sentAs: 'GET' }),
  ],
  'to a key of the store': [undefined, () => ({ sentTo: '/follow/prod/root/..', sentAs: 'GET' })],
  'by another method': ['PROOF_UNVERIFIED', () => ({ sentAs: 'PUT' })],
  'by HEAD': ['PROOF_UNVERIFIED', () => ({ sentAs: 'HEAD' })],
}

for (const [what, [code, tampering]] of Object.entries(table))
  test(`a follower's request ${what} has the response of an unknown path`, async () => {
    const scene = await begin()
    for (const route of routes) {
      const response = await scene.send(await requestOf(scene, route, await tampering(scene)))
      assert.deepEqual(response, await unknownPath(scene), route)
    }
    const logged = scene.warnings.filter(({ message }) => message === 'follower refused')
    assert.deepEqual([...new Set(logged.map(({ fields }) => fields.code))], code === undefined ? [] : [code])
  })

test("a follower's request that was sent before has the response of an unknown path, also after a restart", async () => {
  const scene = await begin()
  for (const route of routes) {
    const request = await requestOf(scene, route)
    assert.equal((await scene.send(request)).status, 200)
    for (const isolate of [scene, await restart(scene)])
      assert.deepEqual(await isolate.send(request), await unknownPath(scene), route)
  }
})

test('a body other than the proven one has the response of an unknown path', async () => {
  const scene = await begin()
  const request = await requestOf(scene, 'blobs')
  const other = new TextEncoder().encode(`${'A'.repeat(43)}\n`)
  const long = 'too-large' as const
  for (const body of [other, long])
    assert.deepEqual(await scene.send({ ...request, body: async () => body }), await unknownPath(scene))
})

test('property: every forged proof of a follower has the response of an unknown path', async () => {
  const scene = await begin()
  const parties = {
    agent: followerKey,
    stranger: strangerKey,
    trusted: await importTrustedKeys([followerKey.publicKey]),
  }
  const request = await requestOf(scene, 'head')
  const proof = request.header(proofHeader) ?? ''
  const payload: unknown = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString())
  for (const [what, text] of await forgeries(proof, payload, 'kubedoh-follow', parties))
    assert.deepEqual(
      await scene.send(await requestOf(scene, 'head', { proof: text })),
      await unknownPath(scene),
      what,
    )
})

test("a follower's proof opens no ingest route, and its key signs no root", async () => {
  const scene = await begin()
  const proofs: readonly Tampering[] = [{}, { type: 'kubedoh-proof' }]
  for (const tampering of proofs) {
    const request = await requestOf(scene, 'head', { ...tampering, sentTo: '/ingest/prod' })
    const { status, error } = readIngest(await scene.send(request))
    assert.deepEqual([status, error?.code], [401, 'PROOF_UNVERIFIED'])
  }
  const { status, error } = readIngest(await scene.sendRoot(genuine.root, followerKey))
  assert.deepEqual([status, error?.code], [400, 'ROOT_UNVERIFIED'])
})

test('a genuine follower gets the head, the root, and the blobs that exist', async () => {
  const scene = await begin()
  const head = readHead(String((await scene.send(await requestOf(scene, 'head'))).body))
  const jws = storedRoot(scene) ?? ''
  const { generation, term } = genuine.root
  assert.deepEqual(head, { generation, term, hash: await hashBlob(jws) })
  assert.equal((await scene.send(await requestOf(scene, 'root'))).body, jws)
  const unknown = followPaths.root('prod', 'A'.repeat(43))
  assert.equal((await scene.send(await requestOf(scene, 'root', { sentTo: unknown }))).body, '')
  const { body, headers } = await scene.send(await requestOf(scene, 'blobs'))
  assert.deepEqual(decodeTexts(String(body), maxFollowedBlobs), [genuine.texts[0]])
  assert.equal(headers['cache-control'], 'no-store')
})

test('an edge on Cloudflare has no routes for followers', async () => {
  const scene = await begin()
  const worker = await digAt(
    startTestEdge(clusters, { ingestOrigins: [edgeOrigin] }, { isSelfHosted: false }),
  )
  for (const route of routes)
    assert.deepEqual(await worker.send(await requestOf(scene, route)), await worker.send(get('/nowhere')))
})
