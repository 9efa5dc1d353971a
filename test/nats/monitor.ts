/** A stream as one server sees it. */
type StreamDetail = { readonly name: string; readonly cluster?: { readonly leader?: string } }

/** The part of /jsz that the tests read. */
type Jsz = {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number }
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamDetail[] }[]
}

/** A paused server accepts connections and does not answer. */
const answerWithinMs = 1_000

/** What one server says about JetStream. */
export type JetStreamState = {
  /** The leader of the servers; undefined while it knows none, and for a server without a cluster. */
  readonly metaLeader: string | undefined
  /** Every stream of which it has a copy, and the leader of each as it knows it. */
  readonly leaders: ReadonlyMap<string, string | undefined>
}

/** Asks the monitoring port of a server. Undefined if it does not answer within a second. */
export async function readJetStream(monitorPort: number): Promise<JetStreamState | undefined> {
  const body = await get(`http://127.0.0.1:${monitorPort}/jsz?accounts=true&streams=true`)
  if (body === undefined) return undefined
  const jsz = JSON.parse(body) as Jsz
  const streams = (jsz.account_details ?? []).flatMap(({ stream_detail: details }) => details ?? [])
  return {
    metaLeader: jsz.meta_cluster?.leader || undefined,
    leaders: new Map(streams.map(({ name, cluster }) => [name, cluster?.leader || undefined])),
  }
}

/** Whether a server answers clients, and its JetStream is in order with all streams caught up. */
export async function isHealthy(monitorPort: number): Promise<boolean> {
  return (await get(`http://127.0.0.1:${monitorPort}/healthz`)) !== undefined
}

/** Whether a server answers at all: one without a quorum does, and is not healthy. */
export async function answers(monitorPort: number): Promise<boolean> {
  return (await get(`http://127.0.0.1:${monitorPort}/varz`)) !== undefined
}

/** The body of a 200, or undefined. */
async function get(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) })
    const body = await response.text()
    return response.status === 200 ? body : undefined
  } catch {
    return undefined
  }
}
