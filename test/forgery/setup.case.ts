import assert from 'node:assert/strict'
import { hashBlob } from '../../snapshot/blob.ts'
import { type IngestAnswer, ingestPaths } from '../../snapshot/ingest.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { clusterConfig, get, post, rootOf, startMs, startTestEdge, testKey } from '../../worker/edge.case.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { type Dig, digAt, namespace, port, type Site, service, snapshotOf } from '../dig.ts'

/** A key that the edge does not trust, and the key of its other cluster. */
export const strangerKey: SigningKey = await importPrivateKey(await generateKey())
export const devKey: SigningKey = await importPrivateKey(await generateKey())

/** A snapshot of cluster 'prod' in which web has one address. */
export type Made = {
  readonly root: Root
  readonly texts: readonly string[]
}

/** Makes one. */
export async function make(address: string, change: Partial<Root> = {}): Promise<Made> {
  const site: Site = {
    objects: [namespace('x'), service('x/web', { clusterIP: address, ports: [port('http:80')] })],
  }
  const { content, blobs } = await snapshotOf(site)
  return { root: rootOf({ ...content, cluster: 'prod', ...change }), texts: [...blobs.values()] }
}

/** What the agent published, and what a forger would like to be believed. */
export const genuine: Made = await make('10.96.0.10')
export const forged: Made = await make('10.66.66.66', { generation: startMs + 1_000 })

/** What may be done to a request: everything is as the agent of 'prod' would have it unless named. */
export type Tampering = {
  /** The key that the proof is signed with. */
  readonly key?: SigningKey
  /** What the proof is for. */
  readonly cluster?: string
  readonly method?: string
  readonly path?: string
  readonly provenBody?: string
  /** How old the proof is. */
  readonly ageMs?: number
  /** A proof header to take instead; '' for none. */
  readonly proof?: string
  /** The content-length header; '' for none. */
  readonly declared?: string
  /** Where and how the request goes. */
  readonly sentTo?: string
  readonly sentAs?: string
}

/** An edge for 'prod' and 'dev' that took in the genuine snapshot by its front door. */
export type Scene = Dig & {
  /** A request of an agent for a route of 'prod', as tampered with. */
  readonly request: (
    route: keyof typeof ingestPaths,
    body: string,
    tampering?: Tampering,
  ) => Promise<DohRequest>
  /** Sends a root; it is the agent's own unless another key is given. */
  readonly sendRoot: (root: unknown, key?: SigningKey) => Promise<DohResponse>
  readonly sendBlobs: (texts: readonly string[]) => Promise<DohResponse>
  /** Asks as a client would, after the reader had every reason to look for something newer. */
  readonly webAddress: () => Promise<string>
  /** What /status tells of 'prod'. */
  readonly status: () => Promise<{
    readonly generation: number | null
    readonly lastRefusal: { readonly code: string } | null
  }>
}

/** Sets the scene. */
export async function setScene(): Promise<Scene> {
  const clusters = [
    clusterConfig({ id: 'prod', zones: ['cluster.local'] }),
    clusterConfig({ id: 'dev', zones: ['dev.example.com'], keys: [devKey.publicKey] }),
  ]
  const scene = await sceneAt(await digAt(startTestEdge(clusters)))
  for (const response of [await scene.sendBlobs(genuine.texts), await scene.sendRoot(genuine.root)]) {
    assert.equal(response.status, 200, String(response.body))
  }
  assert.equal(await scene.webAddress(), '10.96.0.10')
  return scene
}

/** The same scene for an isolate that has just started. */
export async function restart(scene: Scene): Promise<Scene> {
  return sceneAt(await digAt(scene.restarted()))
}

async function sceneAt(dig: Dig): Promise<Scene> {
  const { clock, send } = dig
  const request: Scene['request'] = async (route, body, tampering = {}) => {
    const sentTo = tampering.sentTo ?? ingestPaths[route]('prod')
    const sentAs = tampering.sentAs ?? (route === 'state' ? 'GET' : 'POST')
    const claim = {
      cluster: tampering.cluster ?? 'prod',
      method: tampering.method ?? sentAs,
      path: tampering.path ?? sentTo,
      body: new TextEncoder().encode(tampering.provenBody ?? body),
    }
    const atMs = clock.now() - (tampering.ageMs ?? 0)
    const proof = tampering.proof ?? (await signProof(claim, tampering.key ?? testKey, atMs))
    const headers = {
      [proofHeader]: proof,
      ...(tampering.declared !== undefined && { 'content-length': tampering.declared }),
    }
    const whole = sentAs === 'GET' ? get(sentTo, headers) : post(sentTo, body, headers)
    return { ...whole, method: sentAs }
  }
  const sendRoot: Scene['sendRoot'] = async (root, key = testKey) =>
    send(await request('root', await signRoot(root as Root, key)))
  const sendBlobs: Scene['sendBlobs'] = async (texts) => send(await request('blobs', texts.join('\n')))
  const webAddress = async (): Promise<string> => {
    clock.advance(31_000)
    for (let look = 0; look < 3; look++) await dig.ask('cluster.local SOA').read()
    const { rcode, answers } = await dig.ask('web.x.svc.cluster.local A').read()
    return answers[0]?.split(' ').at(-1) ?? rcode
  }
  const status: Scene['status'] = async () => {
    const { body } = await send(get('/status'))
    const told = JSON.parse(String(body)) as { clusters: Awaited<ReturnType<Scene['status']>>[] }
    const [prod] = told.clusters
    assert.ok(prod)
    return prod
  }
  return { ...dig, request, sendRoot, sendBlobs, webAddress, status }
}

/** An ingest answer: its status and what it says. */
export function readIngest({
  status,
  headers,
  body,
}: DohResponse): IngestAnswer & { readonly status: number } {
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['cache-control'], 'no-store')
  return { ...(JSON.parse(String(body)) as IngestAnswer), status }
}

/** The root that lies in the store. */
export function storedRoot({ kv }: Scene): string | undefined {
  return kv.entries.get(rootKey('prod'))
}

/** The name of the blob in which a snapshot has its Services, and its text. */
export async function servicesBlob({ root, texts }: Made): Promise<{ hash: string; text: string }> {
  const hash = root.services.shards[0] ?? ''
  for (const text of texts) if ((await hashBlob(text)) === hash) return { hash, text }
  return assert.fail('no such blob')
}
