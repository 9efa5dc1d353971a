import { endpoint, type KubeObject, namespace, port, service, slice } from '../test/dig.ts'

/** A cluster with one Service of each kind that has different records. */
export const sampleObjects: readonly KubeObject[] = [
  ...['prod', 'empty'].map(namespace),

  // Two TCP ports and one UDP port; the endpoints have other ports.
  service('prod/web', {
    clusterIPs: ['10.96.0.10'],
    ports: [port('http:80'), port('https:443'), port('dns:53/UDP')],
  }),
  slice(
    'prod/web',
    [endpoint('10.244.1.5'), endpoint('10.244.2.6')],
    [port('http:8080'), port('https:8443')],
  ),

  // Both families.
  service('prod/dual', { clusterIPs: ['10.96.0.11', 'fd00:10:96::b'], ports: [port('pg:5432')] }),

  // No ports, no selector and no endpoints.
  service('prod/bare', { clusterIP: '10.96.0.12' }),

  // One unnamed port.
  service('prod/redis', { clusterIPs: ['10.96.0.13'], ports: [port(':6379')] }),

  // A type with external addresses, which are not answered.
  service('prod/lb', {
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.14'],
    externalIPs: ['198.51.100.1'],
    ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080, targetPort: 'http' }],
  }),

  // Headless with hostnames, in both families; the slices' ports differ from the Service's.
  service('prod/db', { clusterIP: 'None', ports: [port('pg:5432')] }),
  slice('prod/db', [endpoint('10.244.1.7', 'db-0'), endpoint('10.244.2.7', 'db-1')], [port('pg:15432')]),
  slice('prod/db', [endpoint('fd00:10:244::7', 'db-0')], [port('pg:15432')]),

  // Headless without hostnames; one slice without ports; one endpoint is not ready, one has no ready condition.
  service('prod/peers', { clusterIPs: ['None'] }),
  slice('prod/peers', [endpoint('10.244.1.8'), endpoint('fd00:10:244::')]),
  slice('prod/peers', [
    { addresses: ['10.244.1.9'], conditions: { ready: false, serving: true } },
    { addresses: ['10.244.1.10'], conditions: {} },
  ]),

  // Two endpoints with the same hostname.
  service('prod/twins', { clusterIP: 'None' }),
  slice('prod/twins', [endpoint('10.244.1.11', 'twin'), endpoint('10.244.1.12', 'twin')], [port(':7000')]),

  // Slices that disagree about a port.
  service('prod/split', { clusterIP: 'None' }),
  slice('prod/split', [endpoint('10.244.1.13')], [port('http:80')]),
  slice('prod/split', [endpoint('10.244.1.14')], [port('http:8080')]),

  // One Service without ready endpoints, and one without slices.
  service('prod/starting', { clusterIP: 'None', ports: [port('http:80')] }),
  slice('prod/starting', [{ addresses: ['10.244.1.15'], conditions: { ready: false } }], [port('http:80')]),
  service('prod/silent', { clusterIP: 'None' }),

  // IPv6 only.
  service('prod/six', { clusterIPs: ['fd00:10:96::6'], ports: [port('http:80')] }),

  // ExternalName, with an outside name, a cluster name and an address.
  service('prod/ext', { type: 'ExternalName', externalName: 'www.example.com', ports: [port('http:80')] }),
  service('prod/alias', { type: 'ExternalName', externalName: 'db.prod.svc.cluster.local' }),
  service('prod/extip', { type: 'ExternalName', externalName: '192.0.2.1' }),

  // A Service that is not published, because its namespace does not exist.
  service('ghost/web', { clusterIPs: ['10.96.0.99'], ports: [port('http:80')] }),
]
