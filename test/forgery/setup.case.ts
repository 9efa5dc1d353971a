import assert from 'node:assert/strict'
import { hashBlob } from '../../snapshot/blob.ts'
import { type IngestAnswer, ingestPaths } from '../../snapshot/ingest.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { clusterConfig, get, post, rootOf, startMs, startTestEdge, testKey } from '../../worker/edge.case.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { type Dig, digAt, namespace, port, type Site, service, snapshotOf } from '../dig.ts'

/** A key that the edge does not trust, and the key of its other cluster. */
export const strangerKey: SigningKey = await importPrivateKey(await generateKey())
export const devKey: SigningKey = await importPrivateKey(await generateKey())

/** A key that may sign tokens for 'prod', and nothing else. */
export const mintingKey: SigningKey = await importPrivateKey(await generateKey())

/** A snapshot of cluster 'prod' in which web has one address. */
export type Made = {
  readonly root: Root
  readonly texts: readonly string[]
}

/** Makes such a snapshot, with an access policy if `policy` (YAML) is given. */
export async function make(address: string, change: Partial<Root> = {}, policy?: string): Promise<Made> {
  const site: Site = {
    objects: [
      ...['x', 'hidden'].map(namespace),
      service('x/web', { clusterIP: address, ports: [port('http:80')] }),
      service('hidden/web', { clusterIP: '10.96.0.66', ports: [port('http:80')] }),
    ],
    ...(policy !== undefined && { policy }),
  }
  const { content, blobs } = await snapshotOf(site)
  return { root: rootOf({ ...content, cluster: 'prod', ...change }), texts: [...blobs.values()] }
}

/** The snapshot of the agent, and that of a forger. */
export const genuine: Made = await make('10.96.0.10')
export const forged: Made = await make('10.66.66.66', { generation: startMs + 1_000 })

/** Changes to a request of the agent of 'prod'. Fields that are left out are as in the genuine request. */
export type Tampering = {
  /** The key that signs the proof. */
  readonly key?: SigningKey
  /** The fields of the proof. */
  readonly cluster?: string
  readonly method?: string
  readonly path?: string
  /** The origin of the edge that the proof is for. */
  readonly audience?: string
  readonly provenBody?: string
  /** The age of the proof. */
  readonly ageMs?: number
  /** Another proof header; '' for none. */
  readonly proof?: string
  /** The content-length header; '' for none. */
  readonly declared?: string
  /** The path and method of the request. */
  readonly sentTo?: string
  readonly sentAs?: string
}

/** An edge for 'prod' and 'dev' that has accepted the genuine snapshot through its ingest routes. */
export type Scene = Dig & {
  /** Sends a request of the agent of 'prod' with these changes. */
  readonly request: (
    route: keyof typeof ingestPaths,
    body: string,
    tampering?: Tampering,
  ) => Promise<DohRequest>
  /** Sends a root, with the agent's key unless another one is given. */
  readonly sendRoot: (root: unknown, key?: SigningKey) => Promise<DohResponse>
  readonly sendBlobs: (texts: readonly string[]) => Promise<DohResponse>
  /** Sends a query after the reader had to look for a newer root. */
  readonly webAddress: () => Promise<string>
  /** The entry of 'prod' in /status. */
  readonly status: () => Promise<{
    readonly generation: number | null
    readonly lastRefusal: { readonly code: string } | null
  }>
}

/** The origin of the edge, which is the audience of genuine proofs. */
export const edgeOrigin = 'https://edge.example.com'

/** Starts the edge and publishes a snapshot, by default the genuine one. Without a policy, it is checked to answer. */
export async function setScene(
  { root, texts }: Made = genuine,
  config: Partial<EdgeConfig> = {},
): Promise<Scene> {
  const clusters = [
    clusterConfig({ id: 'prod', zones: ['cluster.local'] }),
    clusterConfig({ id: 'dev', zones: ['dev.example.com'], keys: [devKey.publicKey] }),
  ]
  const scene = await sceneAt(
    await digAt(startTestEdge(clusters, { ingestOrigins: [edgeOrigin], ...config })),
  )
  for (const response of [await scene.sendBlobs(texts), await scene.sendRoot(root)]) {
    assert.equal(response.status, 200, String(response.body))
  }
  if (!root.policy) assert.equal(await scene.webAddress(), '10.96.0.10')
  return scene
}

/** The same store with an isolate that has just started. */
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
      audience: tampering.audience ?? edgeOrigin,
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

/** The status and body of an ingest response. */
export function readIngest({
  status,
  headers,
  body,
}: DohResponse): IngestAnswer & { readonly status: number } {
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['cache-control'], 'no-store')
  return { ...(JSON.parse(String(body)) as IngestAnswer), status }
}

/** The root in the store. */
export function storedRoot({ kv }: Scene): string | undefined {
  return kv.entries.get(rootKey('prod'))
}

/** The key and the text of the blob with a snapshot's Services. */
export async function servicesBlob({ root, texts }: Made): Promise<{ hash: string; text: string }> {
  const hash = root.services.shards[0] ?? ''
  for (const text of texts) if ((await hashBlob(text)) === hash) return { hash, text }
  return assert.fail('no such blob')
}
