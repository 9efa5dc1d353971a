import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorker, type WorkerModules } from '../deploy/worker/bundle.ts'
import type { SigningKey } from '../snapshot/key.ts'
import type { PolicySource } from '../sync/policy/source/policy-source.ts'
import { startScript } from '../test/blackbox/command.ts'
import type { EdgeUnderTest } from '../test/blackbox/edge-under-test.ts'
import { startNodeEdge } from '../test/blackbox/node-edge.ts'
import { newKey, publishThrough } from '../test/blackbox/publish.ts'
import { type KvBackend, startKvBackend } from '../test/workerd/kv-backend.ts'
import { type ServedWorker, serveWorker } from '../test/workerd/serve.ts'
import { bareWorker, bareWorkerWithHeaders } from './bare-worker.ts'
import type { Cleanup } from './cleanup.ts'
import type { MeasuredServer } from './measured-server.ts'
import { listText, type Shape, zone } from './shape.ts'

const cluster = 'bench'
const bareServer = fileURLToPath(new URL('bare-server.ts', import.meta.url))

/** One of our servers, with a shape published through its ingest routes. */
export type OwnEdge = {
  readonly server: MeasuredServer
  readonly certFile: string
  readonly keyFile: string
  publish(shape: Shape): Promise<void>
}

/** The load generator is one client: the limits are above any load, so that they are counted and never reached. */
export const limits = {
  anonymous: 1_000_000,
  token: 1_000_000,
  failure: 1_000_000,
  ingest: 1_000_000,
  ingestBytes: 0,
}

/** The runtimes of `kubedoh serve`, and the program of each. */
export type Runtime = { readonly name: 'Node' | 'Bun'; readonly program: string }

const node: Runtime = { name: 'Node', program: process.execPath }

/** Starts `kubedoh serve` and publishes a shape to it. `options` are added to its command line. */
export async function startServe(
  shape: Shape,
  cleanup: Cleanup,
  {
    options = [],
    policy,
    runtime = node,
  }: {
    readonly options?: readonly string[]
    readonly policy?: PolicySource
    readonly runtime?: Runtime
  } = {},
): Promise<OwnEdge> {
  const key = await newKey()
  const clusters = [{ id: cluster, keys: [key.publicKey], zones: [zone] }]
  const edge = await startNodeEdge({ public: true, limits, clusters }, options, {}, runtime.program)
  cleanup.add(edge.stop)
  const publish = async (next: Shape): Promise<void> => {
    await publishThrough(edge.fetch, edge.url, cluster, key, listText(next), Date.now, policy)
  }
  await publish(shape)
  const tls = dirname(edge.caFile)
  return {
    server: {
      name: `kubedoh serve on ${runtime.name}`,
      url: `${edge.url}/dns-query`,
      pid: edge.process.pid ?? 0,
      http1: false,
      stop: edge.stop,
    },
    certFile: join(tls, 'server.pem'),
    keyFile: join(tls, 'server-key.pem'),
    publish,
  }
}

/** Starts the bare server on node:http2, which sends a fixed answer. */
export async function startBareNode(
  certFile: string,
  keyFile: string,
  cleanup: Cleanup,
): Promise<MeasuredServer> {
  const floor = await startScript([bareServer, certFile, keyFile])
  const stop = async (): Promise<void> => void (await floor.stop())
  cleanup.add(stop)
  return { name: 'bare node:http2', url: floor.url, pid: floor.process.pid ?? 0, http1: false, stop }
}

/** Our bundle on `workerd serve` with a published shape, and its store for starting another process on the same data. */
export type OwnWorker = {
  readonly server: MeasuredServer
  readonly modules: WorkerModules
  readonly kv: KvBackend
  /** Starts another process, with empty memory. */
  startFresh(): Promise<ServedWorker>
}

/** Starts our bundle on `workerd serve` and publishes a shape to it. */
export async function startWorker(shape: Shape, cleanup: Cleanup, policy?: PolicySource): Promise<OwnWorker> {
  const [kv, key, modules] = await Promise.all([startKvBackend(), newKey(), bundleWorker()])
  cleanup.add(kv.close)
  const startFresh = workerOn({ kv, modules, key }, cleanup)
  const ours = await startFresh()
  const edge: EdgeUnderTest = { runtime: 'workerd', url: ours.url, fetch, stop: ours.stop }
  await publishThrough(edge.fetch, edge.url, cluster, key, listText(shape), Date.now, policy)
  return { server: onWorkerd('kubedoh Worker', ours), modules, kv, startFresh }
}

/** A function that starts our bundle on `workerd serve`, each time in a new process with empty memory, over the same store. */
export function workerOn(
  { kv, modules, key }: Pick<OwnWorker, 'kv' | 'modules'> & { readonly key: Pick<SigningKey, 'publicKey'> },
  cleanup: Cleanup,
): OwnWorker['startFresh'] {
  const clusters = [{ id: cluster, keys: [key.publicKey], zones: [zone] }]
  // Each process has another Durable Object: what they share is KV.
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify({ public: true, limits, clusters }),
    KUBEDOH_REGISTER_SERVES: 'false',
  }
  return async () => {
    const served = await serveWorker(modules, { kvPort: kv.port, vars })
    const stop = once(served.stop)
    cleanup.add(stop)
    return { ...served, stop }
  }
}

/** Starts the two bare Workers on workerd, which send a fixed answer: with one header, and with the headers of ours. */
export async function startBareWorkers(cleanup: Cleanup): Promise<readonly MeasuredServer[]> {
  const bare: MeasuredServer[] = []
  for (const [name, code] of [
    ['bare Worker', bareWorker],
    ['bare Worker with our headers', bareWorkerWithHeaders],
  ] as const) {
    const floor = await serveWorker(code)
    cleanup.add(once(floor.stop))
    bare.push(onWorkerd(name, floor))
  }
  return bare
}

function onWorkerd(name: string, served: ServedWorker): MeasuredServer {
  return {
    name,
    url: `${served.url}/dns-query`,
    pid: served.process.pid ?? 0,
    http1: true,
    stop: served.stop,
  }
}

/** A stop function that may be called again, since both a row and the cleanup may call it. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => (stopped ??= stop())
}
