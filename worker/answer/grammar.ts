import { type PodLabel, parsePodLabel } from './pod-name.ts'

/** The parsed labels left of the zone, by the Kubernetes DNS specification. */
export type Wanted =
  /** The zone itself. */
  | { readonly kind: 'apex' }
  /** An empty non-terminal: svc, pod, dns. */
  | { readonly kind: 'between' }
  /** ns.dns, the target of SOA and NS. */
  | { readonly kind: 'nameserver' }
  /** dns-version: the version of the specification. */
  | { readonly kind: 'version' }
  /** _snapshot: the facts of the snapshot behind the answers. */
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  /** An endpoint's label, or a protocol's label, which is the parent of a service's port names. */
  | { readonly kind: 'below'; readonly namespace: string; readonly service: string; readonly label: string }
  /** A port; '' matches any port or any protocol, as in _._tcp. */
  | {
      readonly kind: 'port'
      readonly namespace: string
      readonly service: string
      readonly port: string
      readonly protocol: string
    }
  /** The parent of a namespace's pod names. Whether it exists depends on the snapshot's pod mode. */
  | { readonly kind: 'pods'; readonly namespace: string }
  | ({ readonly kind: 'pod'; readonly namespace: string } & PodLabel)
  /** A name that cannot exist in any cluster. */
  | { readonly kind: 'none' }

const byLabel: ReadonlyMap<string, Wanted> = new Map<string, Wanted>([
  ['svc', { kind: 'between' }],
  ['pod', { kind: 'between' }],
  ['dns', { kind: 'between' }],
  ['dns-version', { kind: 'version' }],
  ['_snapshot', { kind: 'snapshot' }],
])

/**
 * Folded labels left of the zone, leftmost first → their meaning (CoreDNS plugin/kubernetes, parseRequest). The
 * underscore of a port or protocol is optional, as in CoreDNS. Never throws.
 */
export function parseWanted(labels: readonly string[]): Wanted {
  const last = labels.at(-1)
  if (last === undefined) return { kind: 'apex' }
  if (labels.length === 1) return byLabel.get(last) ?? { kind: 'none' }
  if (last === 'dns')
    return labels.length === 2 && labels[0] === 'ns' ? { kind: 'nameserver' } : { kind: 'none' }
  if (last === 'pod') return parsePod(labels.slice(0, -1))
  if (last !== 'svc') return { kind: 'none' }
  return parseService(labels.slice(0, -1))
}

/** The same for the labels left of the zone `svc`, in which all names are those of Services. Never throws. */
export function parseServiceWanted(labels: readonly string[]): Wanted {
  return labels.length === 0 ? { kind: 'apex' } : parseService(labels)
}

function parseService(labels: readonly string[]): Wanted {
  const [namespace = '', service = '', ...rest] = labels.toReversed()
  if (labels.length === 1) return { kind: 'namespace', namespace }
  const [first, second] = rest
  if (first === undefined) return { kind: 'service', namespace, service }
  if (second === undefined) return { kind: 'below', namespace, service, label: first }
  if (rest.length > 2) return { kind: 'none' }
  return { kind: 'port', namespace, service, port: bare(second), protocol: bare(first) }
}

/** Names below a pod's name do not exist. CoreDNS ignores up to two labels there. */
function parsePod(labels: readonly string[]): Wanted {
  const [namespace = '', label, ...rest] = labels.toReversed()
  if (label === undefined) return { kind: 'pods', namespace }
  const pod = rest.length === 0 ? parsePodLabel(label) : undefined
  return pod ? { kind: 'pod', namespace, ...pod } : { kind: 'none' }
}

/** A port or protocol label without its underscore. */
export function bare(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}
