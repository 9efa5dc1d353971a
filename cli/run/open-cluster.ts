import { proxyFor } from '../../client/http/proxy-environment.ts'
import type { Kube, KubeWorld } from '../../sync/kube/http/client.ts'
import type { KubeLocation } from '../../sync/kubeconfig/read-target.ts'
import type { Log } from '../../sync/log.ts'
import type { World } from '../options/verb.ts'

const silent: Log = { info: () => {}, warn: () => {} }

/** The surroundings that a connection to a cluster needs from this process. */
export function clusterWorld(env: World['env'], log: Log = silent): KubeWorld {
  return {
    env,
    log,
    terminal: { stdin: process.stdin.isTTY, stderr: process.stderr.isTTY },
    nowMs: Date.now,
    proxyFor: (url) => proxyFor(url, env),
  }
}

/** The API of the cluster that was chosen. Its libraries are loaded only here. Throws KubeconfigError. */
export async function openCluster(
  source: { readonly location: KubeLocation },
  world: { readonly env: World['env']; readonly log: Log },
): Promise<Kube> {
  const { loadKube } = await import('../../sync/kube/http/client.ts')
  return loadKube(source.location, clusterWorld(world.env, world.log))
}
