import { fold, labelName, type Name } from '../../dns/name.ts'
import { isDashedLabel } from '../../snapshot/endpoint-name.ts'
import {
  type Blob,
  type ClusterService,
  type Endpoint,
  type EndpointGroup,
  type Port,
  type Service,
  type SignedRoot,
  serviceKey,
} from '../../snapshot/schema.ts'
import { type Found, type Holder, nothingEver, nothingNow } from './found.ts'
import { bare, type Wanted } from './grammar.ts'
import type { Slot } from './needs.ts'

/** The blobs for one look-up, by family. A family is missing when its shard is empty. */
export type OpenedBlobs = { readonly [F in Slot['family']]?: Blob | undefined }

/** The data of dns-version. Its TTL is CoreDNS's and does not depend on the snapshot's `ttl`. */
const specification = { version: '1.1.0', ttlSeconds: 28_800 }

/** The port of a holder without ports. It matches only a name for any port and any protocol. */
const noPort: Port = ['', '', -1]

/**
 * Looks up a name of the cluster in the snapshot (CoreDNS plugin/kubernetes, findServices). Pure: the inputs are the root
 * and the blobs that `needsOf` named. Excludes `_snapshot`, whose text depends on the time.
 */
export function lookup(
  wanted: Exclude<Wanted, { kind: 'snapshot' }>,
  root: SignedRoot,
  blobs: OpenedBlobs,
): Found {
  switch (wanted.kind) {
    case 'apex':
    case 'nameserver':
      return { kind: wanted.kind }
    case 'between':
      return { kind: 'empty' }
    case 'version':
      return {
        kind: 'text',
        strings: [specification.version],
        ttlSeconds: specification.ttlSeconds,
        certain: false,
      }
    case 'none':
      return nothingEver
    case 'namespace':
      return hasNamespace(wanted.namespace, root, blobs) ? { kind: 'empty' } : nothingNow
    case 'service':
    case 'below':
    case 'port':
      return hasNamespace(wanted.namespace, root, blobs) ? lookupService(wanted, blobs) : nothingNow
    case 'pods':
      return hasPods(wanted.namespace, root, blobs) ? { kind: 'empty' } : nothingNow
    case 'pod':
      return hasPods(wanted.namespace, root, blobs) ? lookupPod(wanted, root, blobs) : nothingNow
  }
}

function hasNamespace(namespace: string, { namespaces }: SignedRoot, blobs: OpenedBlobs): boolean {
  if (!('blob' in namespaces)) return namespaces.includes(namespace)
  return blobs.namespaces?.kind === 'namespaces' && blobs.namespaces.namespaces.has(namespace)
}

/** Whether a namespace has pod names. A newer snapshot may have another pod mode, so the absence is not certain. */
function hasPods(namespace: string, root: SignedRoot, blobs: OpenedBlobs): boolean {
  return root.pods !== 'disabled' && hasNamespace(namespace, root, blobs)
}

/**
 * The address that a pod's name spells (CoreDNS plugin/kubernetes, findPods). Mode insecure accepts every address; mode
 * verified only that of a pod in the namespace, in canonical spelling. Pods have no SRV records, so the target is empty.
 */
function lookupPod(
  { namespace, address, isCanonical }: Extract<Wanted, { kind: 'pod' }>,
  root: SignedRoot,
  { podAddresses: shard }: OpenedBlobs,
): Found {
  const isThere = (): boolean =>
    shard?.kind === 'pods' && (shard.namespaces.get(address)?.includes(namespace) ?? false)
  if (root.pods !== 'insecure' && !(isCanonical && isThere())) return nothingNow
  return { kind: 'addresses', holders: [{ address, target: '', ports: [] }] }
}

type ServiceWanted = Extract<Wanted, { kind: 'service' | 'below' | 'port' }>

function lookupService(wanted: ServiceWanted, blobs: OpenedBlobs): Found {
  const key = serviceKey(wanted.namespace, wanted.service)
  const service = blobs.services?.kind === 'services' ? blobs.services.services.get(key) : undefined
  if (!service) return nothingNow
  // Names below an ExternalName service do not exist (CoreDNS issues 5733 and 6161).
  if (service.kind === 'external') {
    return wanted.kind === 'service' ? { kind: 'alias', target: service.target } : nothingNow
  }
  const name = labelName(wanted.service) + labelName(wanted.namespace) + labelName('svc')
  if (wanted.kind === 'below')
    return lookupBelow(wanted.label, service, endpointGroups(service, key, blobs), name)
  const holders = holdersOf(service, name)
  if (wanted.kind === 'service') return holders.length > 0 ? { kind: 'addresses', holders } : nothingNow
  return addresses(withPorts(holders, wanted.port, wanted.protocol))
}

function endpointGroups(service: Service, key: string, blobs: OpenedBlobs): readonly EndpointGroup[] {
  if (service.kind === 'headless') return service.groups
  return blobs.endpoints?.kind === 'endpoints' ? (blobs.endpoints.services.get(key) ?? []) : []
}

/** The endpoints with this label; or an empty non-terminal if the label is a protocol with port names below it. */
function lookupBelow(
  label: string,
  service: Exclude<Service, { kind: 'external' }>,
  groups: readonly EndpointGroup[],
  name: Name,
): Found {
  const named = endpointHolders(groups, name, label)
  if (named.length > 0) return addresses(named)
  return hasPort(service, bare(label)) ? { kind: 'empty' } : nothingNow
}

/** Whether an address of a service's own name has a port of this protocol, '' being any. */
function hasPort(service: Exclude<Service, { kind: 'external' }>, protocol: string): boolean {
  if (service.kind === 'cluster') return portsOf(service.ports, '', protocol) !== undefined
  return service.groups.some(
    ({ ports, endpoints }) => endpoints.length > 0 && portsOf(ports, '', protocol) !== undefined,
  )
}

/** The addresses of a service's own name: its cluster IPs, or its ready endpoints if it is headless. */
function holdersOf(
  service: ClusterService | { kind: 'headless'; groups: readonly EndpointGroup[] },
  name: Name,
): Holder[] {
  if (service.kind === 'headless') return endpointHolders(service.groups, name)
  return service.ips.map((address) => ({ address, target: name, ports: service.ports }))
}

function endpointHolders(groups: readonly EndpointGroup[], name: Name, label?: string): Holder[] {
  const holders: Holder[] = []
  for (const { endpoints, ports } of groups)
    for (const endpoint of endpoints)
      if (label === undefined || isNamed(endpoint, label))
        holders.push({ address: endpoint[0], target: name, endpoint, ports })
  return holders
}

/** Whether a folded label names an endpoint below its service. */
function isNamed([address, own]: Endpoint, label: string): boolean {
  return own === undefined ? isDashedLabel(label, address) : fold(own) === label
}

/** The ports that match, '' being any; undefined if none does. Without ports, any port of any protocol matches. */
function portsOf(ports: readonly Port[], port: string, protocol: string): readonly Port[] | undefined {
  const matches = ([name, kind]: Port): boolean =>
    (port === '' || port === name) && (protocol === '' || protocol === kind)
  if (ports.length === 0) return matches(noPort) ? ports : undefined
  const matching = ports.filter(matches)
  return matching.length > 0 ? matching : undefined
}

/** The holders that have a matching port, with these ports only. Endpoints of a group share their list of ports. */
function withPorts(holders: readonly Holder[], port: string, protocol: string): Holder[] {
  const known = new Map<readonly Port[], readonly Port[] | undefined>()
  const having: Holder[] = []
  for (const holder of holders) {
    if (!known.has(holder.ports)) known.set(holder.ports, portsOf(holder.ports, port, protocol))
    const ports = known.get(holder.ports)
    if (ports) having.push({ ...holder, ports })
  }
  return having
}

function addresses(holders: readonly Holder[]): Found {
  return holders.length > 0 ? { kind: 'addresses', holders } : nothingNow
}
