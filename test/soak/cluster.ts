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
  /** Replaces the slice of the same name. */
  change(slice: ShapeSlice): Promise<void>
  /** Ends every watch: the stand-in cuts them and refuses their versions with 410, a real API server is killed and restarted. */
  interrupt(): Promise<void>
}

const connections = 8

/** Starts a minimal API server with the shape, which needs no time for loading. */
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

/** Starts a real control plane and loads the shape. Throws ClusterError. */
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
