import type { Cluster } from './control-plane.ts'

type Slices = {
  items: { addressType: string; endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] }[]
}

/**
 * The present addresses of a Service's ready endpoints, from its EndpointSlices, sorted as text. An endpoint without
 * the condition counts as ready. `family` is a slice's addressType.
 */
export async function readyEndpoints(
  cluster: Cluster,
  service: string,
  namespace = 'default',
  family: 'IPv4' | 'IPv6' = 'IPv4',
): Promise<string[]> {
  const label = `-l=kubernetes.io/service-name=${service}`
  const list = await cluster.kubectl(['get', 'endpointslices', `-n=${namespace}`, label, '-o=json'])
  const { items } = JSON.parse(list) as Slices
  return items
    .filter(({ addressType }) => addressType === family)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses)
    .toSorted()
}
