/** A small cluster in one of two states. Every name has another address in each, so a mixture would be seen. */
export function objectsOf(state: 'a' | 'b'): string {
  const net = state === 'a' ? 1 : 2
  const metadata = (name: string, labels = {}): object => ({ name, namespace: 'shop', labels })
  const services = ['one', 'two', 'three'].map((name, index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: { type: 'ClusterIP', clusterIP: `10.${net}.0.${index + 1}`, ports: [{ name: 'http', port: 80 }] },
  }))
  const headless = [
    { apiVersion: 'v1', kind: 'Service', metadata: metadata('pods'), spec: { clusterIP: 'None' } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: metadata('pods-1', { 'kubernetes.io/service-name': 'pods' }),
      addressType: 'IPv4',
      endpoints: [{ addresses: [`10.${net}.9.1`] }, { addresses: [`10.${net}.9.2`] }],
    },
  ]
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  return JSON.stringify({ kind: 'List', items: [namespace, ...services, ...headless] })
}

/** Every name of the cluster, and its addresses in either state. */
export const names: Readonly<Record<string, { readonly a: string; readonly b: string }>> = {
  'one.shop.svc.cluster.local': { a: '10.1.0.1', b: '10.2.0.1' },
  'two.shop.svc.cluster.local': { a: '10.1.0.2', b: '10.2.0.2' },
  'three.shop.svc.cluster.local': { a: '10.1.0.3', b: '10.2.0.3' },
  'pods.shop.svc.cluster.local': { a: '10.1.9.1,10.1.9.2', b: '10.2.9.1,10.2.9.2' },
}
