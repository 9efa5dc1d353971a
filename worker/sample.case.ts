import { endpoint, type KubeObject, namespace, port, service, slice } from '../test/dig.ts'

/** A cluster with one of each kind of Service that DNS tells apart. */
export const sampleObjects: readonly KubeObject[] = [
  ...['prod', 'empty'].map(namespace),

  // Two ports of TCP and one of UDP; what it selects has other ports.
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

  // No ports, no selector, nothing behind it.
  service('prod/bare', { clusterIP: '10.96.0.12' }),

  // One unnamed port.
  service('prod/redis', { clusterIPs: ['10.96.0.13'], ports: [port(':6379')] }),

  // A type that has addresses outside: they mean nothing.
  service('prod/lb', {
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.14'],
    externalIPs: ['198.51.100.1'],
    ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080, targetPort: 'http' }],
  }),

  // Headless with hostnames, in both families, its slices' ports not the Service's.
  service('prod/db', { clusterIP: 'None', ports: [port('pg:5432')] }),
  slice('prod/db', [endpoint('10.244.1.7', 'db-0'), endpoint('10.244.2.7', 'db-1')], [port('pg:15432')]),
  slice('prod/db', [endpoint('fd00:10:244::7', 'db-0')], [port('pg:15432')]),

  // Headless without hostnames; one slice without ports; one endpoint that is not ready, one that does not say.
  service('prod/peers', { clusterIPs: ['None'] }),
  slice('prod/peers', [endpoint('10.244.1.8'), endpoint('fd00:10:244::')]),
  slice('prod/peers', [
    { addresses: ['10.244.1.9'], conditions: { ready: false, serving: true } },
    { addresses: ['10.244.1.10'], conditions: {} },
  ]),

  // Two endpoints under one hostname.
  service('prod/twins', { clusterIP: 'None' }),
  slice('prod/twins', [endpoint('10.244.1.11', 'twin'), endpoint('10.244.1.12', 'twin')], [port(':7000')]),

  // Slices that disagree about a port.
  service('prod/split', { clusterIP: 'None' }),
  slice('prod/split', [endpoint('10.244.1.13')], [port('http:80')]),
  slice('prod/split', [endpoint('10.244.1.14')], [port('http:8080')]),

  // Nothing ready, and no slice at all.
  service('prod/starting', { clusterIP: 'None', ports: [port('http:80')] }),
  slice('prod/starting', [{ addresses: ['10.244.1.15'], conditions: { ready: false } }], [port('http:80')]),
  service('prod/silent', { clusterIP: 'None' }),

  // One family only.
  service('prod/six', { clusterIPs: ['fd00:10:96::6'], ports: [port('http:80')] }),

  // Other names.
  service('prod/ext', { type: 'ExternalName', externalName: 'www.example.com', ports: [port('http:80')] }),
  service('prod/alias', { type: 'ExternalName', externalName: 'db.prod.svc.cluster.local' }),
  service('prod/extip', { type: 'ExternalName', externalName: '192.0.2.1' }),

  // A Service that nobody can see: its namespace does not exist.
  service('ghost/web', { clusterIPs: ['10.96.0.99'], ports: [port('http:80')] }),
]
