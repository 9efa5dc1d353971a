import { createHash } from 'node:crypto'
import type { SigningKey } from '../../../snapshot/key.ts'
import { rereadRoot } from '../../../snapshot/root.ts'
import { jwsOf } from '../../../snapshot/root-value.ts'
import { createBuilder } from '../../../sync/build/snapshot.ts'
import type { EdgePort } from '../../../sync/publish/edge-client.ts'
import { createEdgeClient, type EdgeClient } from '../../../sync/publish/edge-client.ts'
import { readEdgeState } from '../../../sync/publish/edge-state.ts'
import { PublishError } from '../../../sync/publish/errors.ts'
import {
  afterFailedRound,
  edgeStateOf,
  type KnownEdge,
  runRound,
  unknownEdge,
} from '../../../sync/publish/round.ts'
import type { History } from './history.ts'
import { agentOptions, clusterId, storeOf } from './versions.ts'

/**
 * The edges that an agent uses for one publish: an agent behind a load balancer may meet another one at each request. `blobs` 'none':
 * it sends the root alone, as if it believed that the edges have the blobs.
 */
export type Way = { readonly state: number; readonly blobs: number | 'none'; readonly root: number }

/** The outcome of one attempt. `present`: the register has this content already, so nothing was sent. */
export type Attempt =
  | { readonly kind: 'accepted' | 'present' }
  | { readonly kind: 'failed'; readonly code: string }

/** An agent with the code of the real one, whose every request is recorded. */
export type Agent = {
  /** One attempt to publish a version of the cluster. Throws only what no edge can cause. */
  publish(version: number, way: Way): Promise<Attempt>
  /** Reads the state of the register, so that the next publish begins with its root. */
  look(edge: number): Promise<void>
}

/** The parts that all agents of a run share. */
export type AgentParts = {
  readonly urls: readonly string[]
  readonly key: SigningKey
  readonly history: History
}

/** Longer than any edge may take, so that a hung edge is seen as such (ms). */
const requestTimeoutMs = 30_000

/** An agent with a term. It remembers the state of the register until a failure, as the real one does. */
export function createAgent(parts: AgentParts, term: number): Agent {
  const { urls, key } = parts
  let known: KnownEdge = unknownEdge
  let version = 0
  const clients = urls.map((_, edge) => recordedClient(parts, edge, () => version))
  const at = (edge: number): EdgeClient => {
    const client = clients[edge]
    if (!client) throw new Error(`there is no edge ${edge}`)
    return client
  }

  async function attempt(way: Way): Promise<Attempt> {
    const { blobs, root } = way
    const edge: EdgeClient = {
      ...at(way.state),
      ...(blobs !== 'none' && partOf(at(blobs))),
      putRoot: at(root).putRoot,
    }
    const builder = createBuilder(storeOf(version), { ...agentOptions, static: true })
    const publisher = { options: agentOptions, builder, edge, key, nowMs: Date.now, term: () => term }
    const edgeState = await edgeStateOf(publisher, known)
    if (blobs === 'none') edge.putBlobs = () => Promise.resolve(edgeState.declaration)
    const round = await runRound(publisher, { asOfMs: 'static' }, { ...known, edgeState })
    known = { state: round.edgeState, putAll: false }
    return { kind: round.kind === 'nothing' ? 'present' : 'accepted' }
  }

  return {
    async look(edge) {
      const state = await readEdgeState(at(edge), { cluster: clusterId, key, nowMs: Date.now })
      known = { state, putAll: false }
    },
    async publish(next, way) {
      version = next
      try {
        return await attempt(way)
      } catch (error) {
        if (!(error instanceof PublishError)) throw error
        known = afterFailedRound(known, error.code)
        return { kind: 'failed', code: error.code }
      }
    },
  }
}

function partOf({ putBlobs, putBuckets }: EdgeClient): Pick<EdgeClient, 'putBlobs' | 'putBuckets'> {
  return { putBlobs, putBuckets }
}

/** A client of one edge that records each request, each state that it reads, and each root that it sends. */
export function recordedClient(
  { urls, key, history }: AgentParts,
  edge: number,
  versionOf: () => number,
): EdgeClient {
  const url = urls[edge] ?? ''
  const fetch = recordedFetch(edge, history)
  const client = createEdgeClient({ url, cluster: clusterId, key, fetch, nowMs: Date.now, requestTimeoutMs })
  return {
    ...client,
    async state() {
      const sentMs = performance.now()
      const seen = await client.state()
      const root = seen.root === null ? undefined : rereadRoot(jwsOf(seen.root))
      history.reads.push({ edge, root, sentMs, endedMs: performance.now() })
      return seen
    },
    async putRoot(jws, buckets) {
      const { generation, term } = rereadRoot(jws)
      const id = createHash('sha256').update(jws).digest('base64url')
      history.roots.set(id, { id, generation, term, version: versionOf() })
      const sentMs = performance.now()
      const record = (outcome: 'accepted' | 'refused' | 'unknown', code: string) =>
        history.puts.push({ root: id, edge, outcome, code, sentMs, endedMs: performance.now() })
      try {
        const declaration = await client.putRoot(jws, buckets)
        record('accepted', '')
        return declaration
      } catch (error) {
        const code = error instanceof PublishError ? error.code : 'ERROR'
        record(mayBeAccepted(code) ? 'unknown' : 'refused', code)
        throw error
      }
    },
  }
}

/** Whether an edge that answers so, or not at all, may have accepted the root all the same. */
function mayBeAccepted(code: string): boolean {
  return ['EDGE_UNREACHABLE', 'EDGE_ANSWER', 'STORE_FAILED', 'ERROR'].includes(code)
}

function recordedFetch(edge: number, history: History): EdgePort['fetch'] {
  return async (url, init) => {
    const route = new URL(url).pathname.split('/').slice(3).join('/') || 'state'
    const sentMs = performance.now()
    const record = (status: number, code: string, hasRetryAfter: boolean) =>
      history.calls.push({ edge, route, status, code, hasRetryAfter, sentMs, endedMs: performance.now() })
    try {
      const response = await fetch(url, init)
      const text = await response.text()
      const code = /"code":"([A-Z_]+)"/.exec(text.slice(-2_000))?.[1] ?? ''
      record(response.status, response.status === 200 ? '' : code, response.headers.has('retry-after'))
      return { status: response.status, headers: response.headers, text: () => Promise.resolve(text) }
    } catch (error) {
      record(0, error instanceof Error ? error.name : 'error', false)
      throw error
    }
  }
}
