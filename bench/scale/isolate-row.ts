import { bundleWorker, type WorkerModules } from '../../deploy/worker/bundle.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import { bucketSchema } from '../../snapshot/schema.ts'
import { sealRoot } from '../../sync/publish/seal-root.ts'
import { newKey } from '../../test/blackbox/publish.ts'
import { startKvBackend } from '../../test/workerd/kv-backend.ts'
import { serveWorker } from '../../test/workerd/serve.ts'
import { type Cleanup, createCleanup } from '../cleanup.ts'
import { coldStart } from '../cold-start.ts'
import type { MeasuredServer } from '../measured-server.ts'
import { median } from '../median.ts'
import { type OwnWorker, workerOn } from '../own-edges.ts'
import { type Estimate, estimate, estimateText } from '../paired-figures.ts'
import { pairedRounds } from '../paired-rounds.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result } from '../row.ts'
import type { Servers } from '../servers.ts'
import { zone } from '../shape.ts'
import type { CheckedValue } from './check-worker.ts'
import { firstQueryMillis, publishedWorker } from './fresh-isolates.ts'
import { buildTwice, cluster } from './root-size.ts'
import type { Width } from './wide-shape.ts'

const wideWidth: Width = { services: 50_000, endpoints: 500_000, nodes: 5_000, families: 2 }
/** Nearly empty: the name that is asked has to exist. */
const smallWidth: Width = { services: 2, endpoints: 2, nodes: 1, families: 1 }

/** A headless Service of every shape. */
const name = `svc-1.ns-1.svc.${zone}`

/** Requests for each check, and fresh isolates and processes for each cluster. */
const checks = 5_120
const starts = 80

/** A cluster after one endpoint changed, in schema 2: its root's value, and all values of its store. */
type Stored = { readonly value: string; readonly values: ReadonlyMap<string, () => string> }

/** Measures isolates with a wide cluster, in pairs with a nearly empty one: the check of a changed root, and the first query. */
export async function isolateRow(_servers: Servers, { tell, ...bench }: Bench): Promise<Result[]> {
  const key = await newKey()
  const cleanup = createCleanup(tell)
  try {
    tell(`building ${wideWidth.services} Services with ${wideWidth.endpoints} endpoints`)
    const [large, little] = [await storedOf(wideWidth, key), await storedOf(smallWidth, key)]
    tell('checking roots on workerd')
    const check = await checkCosts(large, little, key, cleanup, { ...bench, tell })
    const modules = await bundleWorker()
    tell('publishing both clusters to a Worker')
    const isolates = [
      await publishedWorker(wideWidth, modules, key, cleanup),
      await publishedWorker(smallWidth, modules, key, cleanup),
    ] as const
    tell(`asking ${2 * starts} fresh isolates, and ${2 * starts} fresh processes`)
    const first = await inPairs(isolates, (start) => firstQueryMillis(start, name), bench.signal)
    const kvWorkers = await workersOnKv([large, little], modules, key, cleanup)
    const onKv = await inPairs(
      kvWorkers,
      async (worker) => (await coldStart(worker, name)).cpuMillis,
      bench.signal,
    )
    return [
      {
        row: 'r',
        title: 'isolates on workerd with 50,000 Services, 500,000 endpoints, 5,000 nodes, two families',
        scores: [],
        absent: [],
        targets: [
          atMost('check of the changed root and one bucket, ms of CPU', check.wide.mean, 1),
          atMost(
            'first query of a fresh isolate, ms of CPU above that of a small cluster',
            first.difference.mean,
            3,
          ),
        ],
        facts: {
          'check, ms of CPU (95 % interval)': estimateText(check.wide),
          '  of a small cluster': estimateText(check.small),
          '  of the signature alone': estimateText(check.signature),
          'first query of a fresh isolate, ms of CPU': bothText(first),
          '  difference (95 % interval)': estimateText(first.difference),
          'first query of a fresh process that reads KV alone, ms of CPU': bothText(onKv),
          '  difference, which has the value of the root as text (95 % interval)': estimateText(
            onKv.difference,
          ),
        },
      },
    ]
  } finally {
    await cleanup.run()
  }
}

async function storedOf(width: Width, key: SigningKey): Promise<Stored> {
  const { first, second } = await buildTwice(width)
  const atEdge = (await sealRoot(first.root, bucketSchema, undefined, key)).hashes
  const { jws, buckets } = await sealRoot(second.root, bucketSchema, atEdge, key)
  const value = joinRootValue(jws, buckets)
  const blobs = [...first.put, ...second.put].map(([hash, text]) => [blobKey(cluster, hash), text] as const)
  return { value, values: new Map([...blobs, [rootKey(cluster), () => value]]) }
}

/** The CPU of a check beyond that of a request (ms), when V8 has compiled it. */
async function checkCosts(large: Stored, little: Stored, key: SigningKey, cleanup: Cleanup, bench: Bench) {
  const served = await serveWorker(await bundleWorker('bench/scale/check-worker.ts'))
  cleanup.add(served.stop)
  for (const [path, { value }] of [
    ['/wide', large],
    ['/small', little],
  ] as const) {
    const body: CheckedValue = { value, cluster, publicKey: key.publicKey }
    await fetch(`${served.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  }
  const { url, stop } = served
  const server: MeasuredServer = { name: 'checks', url, pid: served.process.pid ?? 0, http1: true, stop }
  const paths = ['/wide?part=nothing', '/wide', '/small', '/wide?part=signature']
  const effort = { rounds: 1, requests: checks }
  const [nothing = [], wide = [], small = [], signature = []] = await pairedRounds(
    paths.map((path) => ({ server, requests: [{ path }] })),
    { ...bench, effort },
  )
  const beyond = (micros: readonly number[]) =>
    estimate(micros.map((each, at) => (each - (nothing[at] ?? 0)) / 1_000))
  return { wide: beyond(wide), small: beyond(small), signature: beyond(signature) }
}

type KvWorker = Pick<OwnWorker, 'kv' | 'startFresh'>

/** Workers that read both clusters from KV alone. */
async function workersOnKv(
  [large, little]: readonly [Stored, Stored],
  modules: WorkerModules,
  key: SigningKey,
  cleanup: Cleanup,
): Promise<readonly [KvWorker, KvWorker]> {
  const workerWith = async ({ values }: Stored): Promise<KvWorker> => {
    const kv = await startKvBackend()
    cleanup.add(kv.close)
    for (const [stored, text] of values) kv.values.set(stored, Buffer.from(text()))
    return { kv, startFresh: workerOn({ kv, modules, key }, cleanup) }
  }
  return [await workerWith(large), await workerWith(little)]
}

/** Figures with a wide and a small cluster: medians, and the difference of pairs. */
type Pairs = { readonly wide: number; readonly small: number; readonly difference: Estimate }

async function inPairs<T>(
  [large, little]: readonly [T, T],
  measure: (of: T) => Promise<number>,
  signal: AbortSignal,
): Promise<Pairs> {
  const seen: [number[], number[]] = [[], []]
  for (let time = 0; time < 2 * starts; time++) {
    signal.throwIfAborted()
    // Each pair in the other order than the one before.
    const isLarge = (time + (time >> 1)) % 2 === 0
    seen[isLarge ? 0 : 1].push(await measure(isLarge ? large : little))
  }
  const [wide, small] = seen
  return {
    wide: median(wide),
    small: median(small),
    difference: estimate(wide.map((figure, pair) => figure - (small[pair] ?? 0))),
  }
}

function bothText({ wide, small }: Pairs): string {
  return `${wide.toFixed(1)}, with a small cluster ${small.toFixed(1)}`
}
