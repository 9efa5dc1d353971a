import type { Cluster } from './control-plane.ts'
import { ClusterError } from './errors.ts'

/** A pod that is not being deleted. `addresses` begins with podIP; it is empty until the pod runs. */
export type Pod = {
  readonly name: string
  readonly namespace: string
  readonly node: string
  readonly addresses: readonly string[]
  readonly ready: boolean
}

type PodObject = {
  metadata: { name: string; namespace: string; deletionTimestamp?: string }
  spec: { nodeName?: string }
  status: { podIPs?: { ip: string }[]; conditions?: { type: string; status: string }[] }
}

/** Creates or updates the objects of `manifest`: YAML documents or JSON. Throws COMMAND_FAILED. */
export async function apply(cluster: Cluster, manifest: string): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], { input: manifest })
}

/** Deletes the objects of `manifest`, and waits until they are gone. Ignores objects that do not exist. */
export async function remove(cluster: Cluster, manifest: string): Promise<void> {
  await cluster.kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: manifest })
}

/** The pods with these labels (selector syntax, e.g. 'app=nginx,release=www'), by node, then by name. */
export async function podsOf(cluster: Cluster, selector: string, namespace = 'default'): Promise<Pod[]> {
  const list = await cluster.kubectl(['get', 'pods', `-n=${namespace}`, `-l=${selector}`, '-o=json'])
  const { items } = JSON.parse(list) as { items: PodObject[] }
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(readPod)
    .toSorted((a, b) => order(a.node, b.node) || order(a.name, b.name))
}

/**
 * Replaces the addresses of a pod by `ipv4`, and `ipv6` if given; the EndpointSlices follow.
 * Throws ClusterError NOT_OWNED on a given cluster, where the kubelet would undo it.
 */
export async function setPodAddress(
  cluster: Cluster,
  namespace: string,
  pod: string,
  ipv4: string,
  ipv6?: string,
): Promise<void> {
  const podIPs = [ipv4, ipv6].filter((ip) => ip !== undefined).map((ip) => ({ ip }))
  // A strategic patch merges this list unless the directive says to replace it.
  await patchPodStatus(cluster, namespace, pod, { podIP: ipv4, podIPs: [...podIPs, { $patch: 'replace' }] })
}

/** Sets whether a pod is Ready, permanently. Throws ClusterError NOT_OWNED like setPodAddress. */
export async function setPodReady(
  cluster: Cluster,
  namespace: string,
  pod: string,
  ready: boolean,
): Promise<void> {
  const condition = { type: 'Ready', status: ready ? 'True' : 'False' }
  await patchPodStatus(cluster, namespace, pod, { conditions: [condition] })
}

/**
 * Deletes one pod and waits until it is gone. Its owner may create another one, and kwok may assign the free address to
 * that.
 */
export async function deletePod(cluster: Cluster, namespace: string, pod: string): Promise<void> {
  await cluster.kubectl(['delete', 'pod', pod, `-n=${namespace}`])
}

/** Evicts all pods except those of DaemonSets from a node and cordons it; `reopen` uncordons it. */
export async function drain(cluster: Cluster, node: string): Promise<void> {
  await cluster.kubectl([
    'drain',
    node,
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    '--force',
    '--timeout=60s',
  ])
}

/** Uncordons a drained node. */
export async function reopen(cluster: Cluster, node: string): Promise<void> {
  await cluster.kubectl(['uncordon', node])
}

async function patchPodStatus(
  cluster: Cluster,
  namespace: string,
  pod: string,
  status: object,
): Promise<void> {
  if (!cluster.owned) throw new ClusterError('NOT_OWNED', `real kubelets run the pods of ${cluster.apiUrl}`)
  const patch = ['--subresource=status', '--type=strategic', `--patch=${JSON.stringify({ status })}`]
  await cluster.kubectl(['patch', 'pod', pod, `-n=${namespace}`, ...patch])
}

function readPod({ metadata, spec, status }: PodObject): Pod {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    node: spec.nodeName ?? '',
    addresses: (status.podIPs ?? []).map(({ ip }) => ip),
    ready: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
