import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../test/blackbox/command.ts'
import { startNodeEdge } from '../../test/blackbox/node-edge.ts'
import { buildPrograms } from '../../test/cluster/build.ts'
import { type ControlPlane, startControlPlane } from '../../test/cluster/control-plane.ts'
import type { Cleanup } from '../cleanup.ts'
import { limits } from '../own-edges.ts'
import type { Bench } from '../rounds.ts'
import { type Shape, shapeOf, zone } from '../shape.ts'
import { type RunningAgent, startAgent } from './agent.ts'
import { bundledCommand } from './bundled-command.ts'
import { type RunningCoredns, startFreshCoredns } from './coredns.ts'
import { type KubeWriter, openKubeWriter } from './kube-writer.ts'
import { loadShape } from './load-shape.ts'

const cluster = 'bench'

/** Concurrent connections that write to the API. */
const connections = 24

/** A real control plane with 10,000 Services, and functions that start clients of it. */
export type ScaleCluster = {
  readonly writer: KubeWriter
  readonly shape: Shape
  /** Starts `kubedoh serve` without a snapshot. */
  startEdge(cleanup: Cleanup): Promise<ScaleEdge>
  /** Starts `kubedoh sync` from the plane to an edge, bundled as in the image. Does not wait for it. */
  startAgent(edge: Pick<ScaleEdge, 'url' | 'caFile'>, cleanup: Cleanup): RunningAgent
  /** Starts CoreDNS on the plane; resolves when it answers. */
  startCoredns(cleanup: Cleanup): Promise<RunningCoredns>
}

export type ScaleEdge = {
  /** Base URL without a final slash. */
  readonly url: string
  readonly caFile: string | undefined
  readonly pid: number
  /** A fetch that trusts it. */
  readonly fetch: typeof fetch
  stop(): Promise<void>
}

/** Starts a control plane and loads 10,000 Services with 100,000 endpoints through its API. Throws ClusterError. */
export async function startScaleCluster(
  cleanup: Cleanup,
  { dir, tell }: Pick<Bench, 'dir' | 'tell'>,
): Promise<ScaleCluster> {
  const plane = await startControlPlane({ programs: await buildPrograms(tell), log: tell })
  cleanup.add(plane.stop)
  const scale = await scaleClusterOn(plane, cleanup, { dir, tell })
  tell('writing 10,000 Services and 100,000 endpoints through the API')
  await loadShape(scale.writer, scale.shape, connections, tell)
  return scale
}

/** The functions that start clients of a control plane that has, or will have, the shape. */
export async function scaleClusterOn(
  plane: Pick<ControlPlane, 'kubeconfig'>,
  cleanup: Cleanup,
  { dir, tell }: Pick<Bench, 'dir' | 'tell'>,
): Promise<ScaleCluster> {
  const { coredns } = await buildPrograms(tell)
  const writer = await openKubeWriter(plane.kubeconfig, connections)
  cleanup.add(writer.close)
  const shape = shapeOf(10_000, 100_000)
  const own = join(dir, 'scale')
  await mkdir(own)
  const command = await bundledCommand(own)
  const keyFile = join(own, 'key.json')
  const publicKey = (await run(['key', 'new', '--out', keyFile])).stdout.trim()
  const clusters = [{ id: cluster, keys: [publicKey], zones: [zone] }]
  const config = { public: true, limits, clusters }
  return {
    writer,
    shape,
    async startEdge(place) {
      const edge = await startNodeEdge(config)
      const stop = once(edge.stop)
      place.add(stop)
      const { url, caFile, fetch, process: child } = edge
      return { url, caFile, fetch, pid: child.pid ?? 0, stop }
    },
    startAgent({ url, caFile }, place) {
      const { kubeconfig } = plane
      const found = { kubeconfig, edgeUrl: url, keyFile, cluster, command }
      const agent = startAgent({ ...found, ...(caFile !== undefined && { caFile }) })
      place.add(agent.stop)
      return agent
    },
    async startCoredns(place) {
      const running = await startFreshCoredns(coredns, plane.kubeconfig, shape.names[0] ?? '', own)
      place.add(running.stop)
      return running
    },
  }
}

/** A stop function that may be called again, since both a row and the cleanup may call it. */
function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => (stopped ??= stop())
}
