import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startApiServer } from '../../bench/api-server.ts'
import type { Cleanup } from '../../bench/cleanup.ts'
import { replace, type ShapeSlice } from '../../bench/scale/changes.ts'
import { openKubeWriter } from '../../bench/scale/kube-writer.ts'
import { loadShape } from '../../bench/scale/load-shape.ts'
import type { Shape } from '../../bench/shape.ts'
import { startControlPlane } from '../cluster/control-plane.ts'

/** A cluster that changes. */
export type SoakCluster = {
  readonly kubeconfig: string
  /** Puts a slice in the place of the one of that name. */
  change(slice: ShapeSlice): Promise<void>
  /** Ends every watch: the stand-in cuts them off and has forgotten where they were, a real API server is killed and comes back. */
  interrupt(): Promise<void>
}

const connections = 8

/** A stand-in for an API server, which takes no time to fill. */
export async function startStandIn(shape: Shape, dir: string, cleanup: Cleanup): Promise<SoakCluster> {
  const api = await startApiServer(shape)
  cleanup.add(api.close)
  const kubeconfig = join(dir, 'kubeconfig.json')
  await writeFile(kubeconfig, api.kubeconfig)
  return {
    kubeconfig,
    change: async (slice) => api.changeSlice(slice),
    interrupt: async () => api.endWatches(),
  }
}

/** A real control plane with the shape in it. Throws ClusterError. */
export async function startPlane(
  shape: Shape,
  cleanup: Cleanup,
  tell: (line: string) => void,
): Promise<SoakCluster> {
  const plane = await startControlPlane({ log: tell })
  cleanup.add(plane.stop)
  const writer = await openKubeWriter(plane.kubeconfig, connections)
  cleanup.add(writer.close)
  await loadShape(writer, shape, connections, tell)
  return {
    kubeconfig: plane.kubeconfig,
    change: (slice) => replace(writer, slice),
    interrupt: () => plane.processes.restart('kube-apiserver'),
  }
}
