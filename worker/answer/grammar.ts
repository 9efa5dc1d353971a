import { type PodLabel, parsePodLabel } from './pod-name.ts'

/** What a name asks for: the labels left of its zone, read as the Kubernetes DNS specification names things. */
export type Wanted =
  /** The zone itself. */
  | { readonly kind: 'apex' }
  /** A name that exists for the names below it: svc, pod, dns. */
  | { readonly kind: 'between' }
  /** ns.dns, which SOA and NS name. */
  | { readonly kind: 'nameserver' }
  /** dns-version: the version of the specification. */
  | { readonly kind: 'version' }
  /** _snapshot: where the answers come from. */
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  /** An endpoint by its label, or the name above a service's ports of one protocol. */
  | { readonly kind: 'below'; readonly namespace: string; readonly service: string; readonly label: string }
  /** A port; '' stands for any port or any protocol, as in _._tcp. */
  | {
      readonly kind: 'port'
      readonly namespace: string
      readonly service: string
      readonly port: string
      readonly protocol: string
    }
  /** The name above a namespace's pods; whether there is one is for the snapshot's mode to say. */
  | { readonly kind: 'pods'; readonly namespace: string }
  | ({ readonly kind: 'pod'; readonly namespace: string } & PodLabel)
  /** No cluster has such a name. */
  | { readonly kind: 'none' }

const byLabel: ReadonlyMap<string, Wanted> = new Map<string, Wanted>([
  ['svc', { kind: 'between' }],
  ['pod', { kind: 'between' }],
  ['dns', { kind: 'between' }],
  ['dns-version', { kind: 'version' }],
  ['_snapshot', { kind: 'snapshot' }],
])

/**
 * Folded labels left of the zone, leftmost first → what they ask for (CoreDNS plugin/kubernetes, parseRequest).
 * One underscore in front of a port or protocol is optional, as in CoreDNS. Throws never.
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

function parseService(labels: readonly string[]): Wanted {
  const [namespace = '', service = '', ...rest] = labels.toReversed()
  if (labels.length === 1) return { kind: 'namespace', namespace }
  const [first, second] = rest
  if (first === undefined) return { kind: 'service', namespace, service }
  if (second === undefined) return { kind: 'below', namespace, service, label: first }
  if (rest.length > 2) return { kind: 'none' }
  return { kind: 'port', namespace, service, port: bare(second), protocol: bare(first) }
}

/** Labels in front of a pod's name make a name that nothing has; CoreDNS leaves up to two unread. */
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
