import assert from 'node:assert/strict'
import { signAs } from '../../snapshot/forge.case.ts'
import { type IngestAnswer, ingestPaths } from '../../snapshot/ingest.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { rootOf, testKey } from '../../worker/edge.case.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import type { Dig } from '../dig.ts'
import { snapshotOf } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'
import { mutateBytes, mutateJson } from './mutate.ts'
import { assertRefusal } from './outcome.ts'
import { sampleEdge } from './query-target.ts'
import { requestOf } from './request-target.ts'
import type { ReadyTarget, Target } from './target.ts'

/** Changes to a correctly signed request that contradict its proof. */
const falseValues: readonly (readonly [part: string, values: readonly string[]])[] = [
  [
    'path',
    ['/ingest/other/blobs', '/ingest/test/blobs/', '/ingest/test/root?x', '/ingest//blobs', '/ingest'],
  ],
  ['method', ['PUT', 'GET', 'post']],
  ['header content-length', ['0', '-1', 'x', '1e6', '1048577', '2']],
  ['header kubedoh-proof', ['', 'a.b.c', 'x'.repeat(5_000)]],
  ['claim cluster', ['other', '']],
  ['claim path', ['/ingest/test/root', '/']],
  ['claim body', ['', 'x']],
  ['claim age', ['120000', '120001', '-120001', '9e15', '-1e300']],
]

/** The step of the clock per request: 8,640 steps are a day, after which garbage is deleted. */
const stepMs = 10_000

/** Requests of an agent with a trusted key, and of a client without one. */
export const ingestTarget: Target = {
  name: 'ingest',
  what: 'requests to the ingest routes: proofs, headers, blobs, roots',
  async open(): Promise<ReadyTarget> {
    const at = await sampleEdge()
    const { content, blobs } = await snapshotOf({ objects: sampleObjects })
    const payload = JSON.stringify(rootOf(content))
    // In the order of hashing.
    const texts = [...blobs.values()].toSorted()
    return {
      draw: (random) => drawIngest(random, payload, texts),
      async check(input) {
        at.warnings.length = 0
        at.clock.advance(stepMs)
        const request = requestOf(await complete(input, at))
        const response = await at.send(request)
        if (response.status !== 200) assertRefusal(response)
        assert.equal(response.headers['cache-control'], 'no-store')
        // Only paths in normal form are routed.
        const pathname = URL.parse(`http://edge.invalid${request.path}`)?.pathname ?? ''
        const answer =
          pathname.startsWith('/ingest/') && pathname === request.path
            ? (JSON.parse(String(response.body)) as IngestAnswer)
            : undefined
        if (answer) assert.equal(answer.error === undefined, response.status === 200)
        // Names are answered after any request.
        const { rcode } = await at.ask('web.prod.svc.cluster.local A').read()
        assert.match(rcode, /^(NOERROR|NXDOMAIN|SERVFAIL)$/)
      },
    }
  },
}

function drawIngest(random: Random, payload: string, texts: readonly string[]): Input {
  const route = random.pick(['state', 'blobs', 'blobs', 'root', 'root'] as const)
  const input: Record<string, string> = {
    method: route === 'state' ? 'GET' : 'POST',
    path: ingestPaths[route]('test'),
  }
  if (route === 'blobs') input.body = drawBlobs(random, texts)
  if (route === 'root') {
    if (random.chance(0.5)) input.payload = drawPayload(random, payload)
    else input.body = mutateBytes(payload, random)
  }
  for (const [part, values] of falseValues) if (random.chance(0.05)) input[part] = random.pick(values)
  if (random.chance(0.1)) input['damage'] = String(random.between(0, 2 ** 31))
  return input
}

function drawBlobs(random: Random, texts: readonly string[]): string {
  const lines = Array.from({ length: random.pick([0, 1, 3, 40, 41]) }, () => random.pick(texts))
  const body = lines.join('\n')
  return random.chance(0.5) ? mutateBytes(body, random) : body
}

/** The JSON of a root with a change; sometimes a valid root. */
function drawPayload(random: Random, payload: string): string {
  if (random.chance(0.1)) return payload
  if (random.chance(0.2)) return mutateBytes(payload, random)
  return JSON.stringify(mutateJson(JSON.parse(payload), random))
}

/** Signs the parts at the time of use, since a proof is valid once and for a short time. */
async function complete(input: Input, at: Dig): Promise<Input> {
  const nowMs = at.clock.now()
  const path = input.path ?? ''
  let body = input.body ?? ''
  if (input.payload !== undefined) {
    const dated = input.payload.replace(/"(generation|asOfMs)":\d+/g, `"$1":${nowMs}`)
    body = await signAs(dated, { alg: 'EdDSA', typ: 'kubedoh-root', kid: testKey.kid }, testKey)
  }
  const claim = {
    cluster: input['claim cluster'] ?? 'test',
    method: input.method ?? '',
    path: input['claim path'] ?? path,
    body: Buffer.from(input['claim body'] ?? body, 'latin1'),
  }
  const proof = await signProof(claim, testKey, nowMs - Number(input['claim age'] ?? 0))
  return {
    'header content-length': String(body.length),
    [`header ${proofHeader}`]:
      input['damage'] === undefined ? proof : damaged(proof, Number(input['damage'])),
    ...input,
    body,
  }
}

function damaged(text: string, seed: number): string {
  const at = Math.abs(Math.trunc(seed)) % text.length
  return text.slice(0, at) + String.fromCharCode(33 + (seed % 90)) + text.slice(at + 1)
}
