import { readFile } from 'node:fs/promises'
import { waitFor } from '../wait-for.ts'
import { apply, type Pod, podsOf, setPodAddress } from './change-cluster.ts'
import type { Cluster } from './control-plane.ts'
import { readyEndpoints } from './endpoints.ts'

/** The headless Service of the examples with its three web servers, and their addresses. */
export const exampleService = {
  name: 'none-linuxea.default.svc.cluster.local',
  service: 'none-linuxea',
  selector: 'app=nginx,release=www',
  addresses: ['172.16.1.42', '172.16.2.44', '172.16.3.46'],
} as const

/** Applies examples/manifests.yaml, and sets the addresses of the three web servers, which run on one node each. */
export async function applyExamples(cluster: Cluster): Promise<void> {
  await apply(cluster, await readFile(new URL('../../examples/manifests.yaml', import.meta.url), 'utf8'))
  for (const [index, pod] of (await webServers(cluster)).entries()) {
    await setPodAddress(cluster, pod.namespace, pod.name, exampleService.addresses[index] ?? '')
  }
  await webServersAre(cluster, exampleService.addresses)
}

/** The three web servers by node. Waits until all of them are ready. */
export function webServers(cluster: Cluster): Promise<Pod[]> {
  return waitFor('three pods are ready', async () => {
    const found = await podsOf(cluster, exampleService.selector)
    return found.length === 3 && found.every(({ ready }) => ready) && found
  })
}

/** Resolves when the Service's EndpointSlice has exactly these addresses. */
export async function webServersAre(cluster: Cluster, wanted: readonly string[]): Promise<void> {
  await waitFor(`the EndpointSlice has ${wanted.join(', ')}`, async () => {
    return (await readyEndpoints(cluster, exampleService.service)).join() === wanted.join()
  })
}
