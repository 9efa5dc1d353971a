/**
 * Headless Services with one endpoint each, every one in a /24 of its own, so that each has a shard of addresses. The endpoint of the
 * first has the host number `host`.
 */
export function wideObjects(services: number, host: number): string {
  const of = (index: number): object[] => {
    const metadata = { name: `svc-${index}`, namespace: 'x' }
    const labels = { 'kubernetes.io/service-name': metadata.name }
    const address = `10.${index >> 8}.${index & 0xff}.${index === 0 ? host : 1}`
    return [
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', clusterIPs: ['None'] } },
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        ...{ metadata: { ...metadata, labels }, endpoints: [{ addresses: [address] }] },
      },
    ]
  }
  const items = Array.from({ length: services }, (_, index) => of(index)).flat()
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [namespace, ...items] })
}
