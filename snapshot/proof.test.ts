import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleRoot, exampleTimeMs } from './arbitrary.case.ts'
import { type ProofCode, ProofError } from './errors.ts'
import { forgeries, makeParties, signAs } from './forge.case.ts'
import { checkBody, type Expected, type Proof, signProof, verifyProof } from './proof.ts'
import { signRoot } from './root.ts'

const parties = await makeParties()
const { agent, trusted } = parties
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = { cluster: 'prod', method: 'POST', path: '/ingest/prod/root', body: bytes('a root') }
const expected: Expected = {
  cluster: 'prod',
  method: 'POST',
  path: '/ingest/prod/root',
  keys: trusted,
  nowMs: exampleTimeMs,
}
const good = { alg: 'EdDSA', typ: 'kubedoh-proof', kid: agent.kid }

function refused(code: ProofCode): (error: unknown) => boolean {
  return (error) => error instanceof ProofError && error.code === code && error.message !== ''
}

const signed = await signProof(request, agent, exampleTimeMs)
const proof = await verifyProof(signed, expected)

test('a proof contains method, path and body hash of its request', async () => {
  const { nonce, ...rest } = proof
  assert.deepEqual(rest, {
    cluster: 'prod',
    method: 'POST',
    path: '/ingest/prod/root',
    bodyHash: 'ULMS9cvHFnWfViDXOnzBFBVwc0n0Gwzgt897eAfsMdo',
    bodyBytes: 6,
    atMs: exampleTimeMs,
  })
  assert.match(nonce, /^[A-Za-z0-9_-]{22}$/)
  await checkBody(proof, request.body)
})

test('no two proofs share a nonce', async () => {
  const nonces = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const header = await signProof(request, agent, exampleTimeMs)
      return (await verifyProof(header, expected)).nonce
    }),
  )
  assert.equal(new Set(nonces).size, 50)
})

test('a request without a proof is PROOF_MISSING', async () => {
  for (const header of [undefined, ''])
    await assert.rejects(verifyProof(header, expected), refused('PROOF_MISSING'))
})

test('every forgery is rejected with the same error', async (t) => {
  const messages = new Set<string>()
  const all = await forgeries(signed, proof, 'kubedoh-proof', parties)
  const root = await signRoot(exampleRoot(), agent)
  for (const [what, forged] of [...all, ['a root of the agent', root] as const].filter(
    ([, text]) => text !== '',
  )) {
    await t.test(what, async () => {
      await assert.rejects(verifyProof(forged, expected), (error) => {
        messages.add((error as Error).message)
        return refused('PROOF_UNVERIFIED')(error)
      })
    })
  }
  assert.equal(messages.size, 1)
})

test('a signed text that is not a proof is PROOF_UNVERIFIED', async () => {
  const payloads: unknown[] = ['', '{', '[]', 'null', {}, exampleRoot()]
  for (const field of Object.keys(proof))
    payloads.push(
      { ...proof, [field]: undefined },
      { ...proof, [field]: null },
      { ...proof, [field]: { toString: 1 } },
    )
  for (const nonce of ['', 'short', 'x'.repeat(65), `${'x'.repeat(21)}=`, `${'x'.repeat(22)}\n`])
    payloads.push({ ...proof, nonce })
  payloads.push({ ...proof, atMs: -1 }, { ...proof, atMs: '1' }, { ...proof, bodyBytes: 0.5 })
  for (const payload of payloads) {
    await assert.rejects(
      verifyProof(await signAs(payload, good, agent), expected),
      refused('PROOF_UNVERIFIED'),
      JSON.stringify(payload),
    )
  }
})

test('a proof for another cluster, method or path is PROOF_MISPLACED', async () => {
  const others: readonly Partial<typeof request>[] = [
    { cluster: 'staging' },
    { cluster: 'PROD' },
    { method: 'GET' },
    { method: 'post' },
    { path: '/ingest/prod/blobs' },
    { path: '/ingest/prod/root/' },
    { path: '/ingest/prod/root?x' },
    { path: '' },
  ]
  for (const other of others) {
    const header = await signProof({ ...request, ...other }, agent, exampleTimeMs)
    await assert.rejects(verifyProof(header, expected), refused('PROOF_MISPLACED'), JSON.stringify(other))
  }
})

test('an edge with origins takes only proofs for one of them, and an edge without takes all', async () => {
  const own = ['https://edge.example.com', 'https://edge.example.net:8443']
  const signedFor = (audience?: string): Promise<string> =>
    signProof({ ...request, audience }, agent, exampleTimeMs)
  for (const audience of own) {
    const proven = await verifyProof(await signedFor(audience), { ...expected, audiences: own })
    assert.equal(proven.audience, audience)
  }
  for (const audience of [undefined, '', 'https://edge.example.net', 'https://other.example.com']) {
    const header = await signedFor(audience)
    assert.ok(await verifyProof(header, expected))
    await assert.rejects(verifyProof(header, { ...expected, audiences: own }), refused('PROOF_MISPLACED'))
  }
})

test('a proof is valid for two minutes before and after its time', async () => {
  for (const away of [0, 120_000, -120_000]) {
    assert.ok(await verifyProof(signed, { ...expected, nowMs: exampleTimeMs + away }))
  }
  for (const away of [120_001, -120_001, 1e12]) {
    await assert.rejects(
      verifyProof(signed, { ...expected, nowMs: exampleTimeMs + away }),
      refused('PROOF_EXPIRED'),
    )
  }
})

test('cluster, method and path are checked before the time', async () => {
  const late = { ...expected, path: '/elsewhere', nowMs: exampleTimeMs * 2 }
  await assert.rejects(verifyProof(signed, late), refused('PROOF_MISPLACED'))
})

/** Bodies that are not the one of the proof. */
const bodies: readonly (readonly [body: string, code: ProofCode])[] = [
  ['', 'BODY_LENGTH'],
  ['a roo', 'BODY_LENGTH'],
  ['a root\n', 'BODY_LENGTH'],
  ['A root', 'BODY_MISMATCH'],
  ['a r\u00f6t', 'BODY_MISMATCH'],
]

for (const [body, code] of bodies) {
  test(`${code}: ${JSON.stringify(body)}`, async () => {
    await assert.rejects(checkBody(proof, bytes(body)), refused(code))
  })
}

test('an empty body has a proof as well', async () => {
  const header = await signProof({ ...request, method: 'GET', body: new Uint8Array() }, agent, exampleTimeMs)
  const empty: Proof = await verifyProof(header, { ...expected, method: 'GET' })
  assert.equal(empty.bodyBytes, 0)
  assert.equal(empty.bodyHash, '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  await checkBody(empty, new Uint8Array())
})
