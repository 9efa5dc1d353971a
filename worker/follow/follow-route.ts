import { isBlobHash } from '../../snapshot/blob.ts'
import { ProofError } from '../../snapshot/errors.ts'
import { encodeTexts, followPaths, maxFollowedBlobs } from '../../snapshot/follow.ts'
import { keyIdOf } from '../../snapshot/jws.ts'
import { importTrustedKeys, type TrustedKeys } from '../../snapshot/key.ts'
import { checkBody, type Proof, proofHeader, verifyProof } from '../../snapshot/proof.ts'
import type { ClusterConfig, EdgeConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { documentHeaders } from '../http/document-headers.ts'
import { jsonType, textType } from '../http/media-types.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import { callerNetwork } from '../limit/caller-network.ts'
import type { KvReader, Log, Tasks } from '../ports.ts'
import type { View } from '../reader/view.ts'
import { createRefusalLog } from '../register/refusal-log.ts'
import type { UseNonce } from './nonces.ts'
import { createViewReads, type ViewReads } from './view-reads.ts'

/** The response to a follower; undefined for any other request, which must get the response of an unknown path. */
export type FollowRoute = (request: DohRequest, edge: Edge, tasks: Tasks) => Promise<DohResponse | undefined>

/** The maximum size of a request for blobs: a hash and a line feed for each. */
const maxAskedBytes = maxFollowedBlobs * 44

/** The route of a request, and its parameters. */
type Asked = { readonly cluster: ClusterConfig } & (
  | { readonly kind: 'head' | 'blobs' }
  | { readonly kind: 'root'; readonly hash: string }
)

/**
 * The routes by which other edges follow this one (docs/snapshot.md). A follower proves each request with a key that the
 * configuration lists under `followers` of the cluster; it then reads all of that cluster, whatever the access policy says,
 * as it has to enforce that policy itself. The work for a request whose proof has no listed key's ID is the same for all paths,
 * clusters and configurations; only for a listed one a signature is verified. Refusals are logged, since the follower
 * learns no reason.
 */
export function createFollowRoute(
  config: EdgeConfig,
  ports: {
    readonly kv: KvReader
    readonly useNonce: UseNonce
    readonly log: Log
    readonly now: () => number
  },
): FollowRoute {
  const logRefusal = createRefusalLog(ports.log, ports, 'follower refused')
  const roots = createViewReads(ports.kv)
  const keys = new Map(config.clusters.map((cluster) => [cluster.id, followerKeys(cluster, ports.log)]))
  return async (request, edge, tasks) => {
    const header = request.header(proofHeader)
    const asked = findRoute(request, config)
    const keyId = header === undefined ? undefined : keyIdOf(header)
    const trusted = await (asked ? (keys.get(asked.cluster.id) ?? noKeys) : noKeys)
    if (!asked || keyId === undefined || !trusted.has(keyId)) {
      if (header !== undefined) logRefusal('PROOF_UNVERIFIED')
      return undefined
    }
    const { cluster } = asked
    const key = `${cluster.id}/followers ${callerNetwork(request, config) ?? 'own'}`
    if ((await edge.limiter.take('ingest', key)) > 0) return undefined
    try {
      const proof = await readProof(request, cluster, trusted, config, ports.now())
      const body = await readBody(request, proof)
      if (!(await ports.useNonce(cluster.id, proof.nonce, ports.now())))
        throw new ProofError('PROOF_REPLAYED', 'this proof was used before')
      const view = await edge.reader.view(cluster, tasks)
      return await answer(asked, body, view, roots)
    } catch (error) {
      if (!(error instanceof ProofError)) throw error
      logRefusal(error.code, { cluster: cluster.id, reason: error.message })
      return undefined
    }
  }
}

const noKeys: Promise<TrustedKeys> = Promise.resolve(new Map())

/** The imported keys. A key that is no point of the curve is reported, and the cluster then has no followers. */
function followerKeys({ id, followers }: ClusterConfig, log: Log): Promise<TrustedKeys> {
  return importTrustedKeys(followers).catch((error: unknown) => {
    log.warn('followers cannot be served', { cluster: id, reason: String(error) })
    return new Map()
  })
}

function findRoute({ method, path }: DohRequest, { clusters }: EdgeConfig): Asked | undefined {
  const [, , id, , hash] = path.split('/')
  const cluster = clusters.find((each) => each.id === id)
  if (!cluster) return undefined
  if (method === 'GET' && path === followPaths.head(cluster.id)) return { cluster, kind: 'head' }
  if (method === 'POST' && path === followPaths.blobs(cluster.id)) return { cluster, kind: 'blobs' }
  if (method !== 'GET' || !isBlobHash(hash) || path !== followPaths.root(cluster.id, hash)) return undefined
  return { cluster, kind: 'root', hash }
}

function readProof(
  request: DohRequest,
  { id }: ClusterConfig,
  keys: TrustedKeys,
  { ingestOrigins }: EdgeConfig,
  nowMs: number,
): Promise<Proof> {
  const { method, path } = request
  const expected = { cluster: id, method, path, audiences: ingestOrigins, keys, nowMs }
  return verifyProof(request.header(proofHeader), { ...expected, type: 'kubedoh-follow' })
}

async function readBody(request: DohRequest, proof: Proof): Promise<string> {
  const body = request.method === 'GET' ? new Uint8Array() : await request.body(maxAskedBytes)
  if (body === 'too-large')
    throw new ProofError('BODY_LENGTH', `the body has more than the ${maxAskedBytes} bytes allowed`)
  await checkBody(proof, body)
  return new TextDecoder().decode(body)
}

async function answer(
  asked: Asked,
  body: string,
  view: View | undefined,
  roots: ViewReads,
): Promise<DohResponse> {
  if (asked.kind === 'head') return respond(jsonType, JSON.stringify(view ? await roots.head(view) : null))
  if (asked.kind === 'root') return respond(textType, (view && (await roots.root(view, asked.hash))) ?? '')
  const hashes = body.split('\n').filter(isBlobHash).slice(0, maxFollowedBlobs)
  return respond(textType, view ? encodeTexts(await roots.texts(view, hashes)) : '')
}

function respond(type: string, body: string): DohResponse {
  return {
    status: 200,
    headers: { ...documentHeaders, 'content-type': type, 'cache-control': 'no-store' },
    body,
  }
}
