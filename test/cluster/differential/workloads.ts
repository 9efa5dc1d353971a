import type { Change, Kind, KubeObject } from './object.ts'
import type { Oddity } from './oddities.ts'

const containers = [{ name: 'main', image: 'none', ports: [{ name: 'http', containerPort: 8080 }] }]
const ports = [{ name: 'http', port: 80, targetPort: 'http' }]

function create(
  kind: Kind,
  apiVersion: string,
  metadata: KubeObject['metadata'],
  spec: object,
  ...oddities: Oddity[]
): Change {
  return { verb: 'create', object: { apiVersion, kind, metadata, spec }, oddities }
}

/** A StatefulSet behind a headless Service, its pods played by kwok. */
export function statefulSet(namespace: string, name: string, replicas: number): Change[] {
  const selector = { app: name }
  const template = { metadata: { labels: selector }, spec: { containers } }
  const spec = { serviceName: name, replicas, selector: { matchLabels: selector }, template }
  const both = { ipFamilyPolicy: 'PreferDualStack' }
  return [
    create('Service', 'v1', { name, namespace }, { clusterIP: 'None', selector, ports, ...both }),
    create(
      'StatefulSet',
      'apps/v1',
      { name, namespace },
      { ...spec, podManagementPolicy: 'Parallel' },
      'StatefulSet',
    ),
  ]
}

/** A Deployment behind a Service with an address. */
export function deployment(namespace: string, name: string, replicas: number): Change[] {
  const selector = { app: name }
  const template = { metadata: { labels: selector }, spec: { containers } }
  return [
    create('Service', 'v1', { name, namespace }, { selector, ports }),
    create(
      'Deployment',
      'apps/v1',
      { name, namespace },
      { replicas, selector: { matchLabels: selector }, template },
      'Deployment',
    ),
  ]
}

/** Pods with a hostname, behind one headless Service: some hostnames are equal, and one is long. */
export function namedPods(namespace: string, subdomain: string): Change[] {
  const labels = { app: subdomain }
  const pod = (name: string, hostname: string, ...oddities: Oddity[]): Change =>
    create('Pod', 'v1', { name, namespace, labels }, { hostname, subdomain, containers }, ...oddities)
  return [
    create('Service', 'v1', { name: subdomain, namespace }, { clusterIP: 'None', selector: labels, ports }),
    pod('querier-1', 'querier', 'pod with hostname and subdomain', 'hostname shared'),
    pod('querier-2', 'querier', 'pod with hostname and subdomain'),
    pod(`dotted.name.${'p'.repeat(70)}`, 'other', 'pod with a long name'),
  ]
}
