import { canonicalAddress } from '../../dns/address.ts'
import type { ClusterService, ExternalService } from '../../snapshot/schema.ts'
import { externalTarget } from './external-target.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { identify } from './object-key.ts'
import { reducePorts } from './port.ts'
import { type Reason, type Reduced, reduced } from './skipped.ts'

/** A Service as DNS needs it. The endpoints of a headless Service come from EndpointSlices. */
export type ServiceEntry = {
  readonly namespace: string
  readonly name: string
  readonly service: ClusterService | ExternalService | { readonly kind: 'headless' }
  /** Whether the Service selects pods, so that the EndpointSlice controller writes its slices. */
  readonly hasSelector: boolean
}

const noClusterIp = 'it has no cluster IP; the API server assigns one when the Service is created'

type Outcome = { readonly service?: ServiceEntry['service']; readonly reasons: readonly Reason[] }

/**
 * A Service → its entry. `domain` is the cluster's native domain, folded, without final dot. The type ExternalName
 * takes precedence over every other field of the spec; otherwise the first cluster IP alone decides whether the
 * Service is headless (CoreDNS plugin/kubernetes/object/service.go). DNS ignores node ports and load balancer
 * addresses. Never throws.
 */
export function reduceService(object: unknown, domain: string): Reduced<ServiceEntry> {
  const { key, namespace, name, problem } = identify('Service', object)
  if (problem) return reduced('Service', key, { reasons: [problem] })
  const spec = fieldOf(object, 'spec')
  const { service, reasons } =
    fieldOf(spec, 'type') === 'ExternalName' ? externalOf(spec, domain) : ownOf(spec)
  const hasSelector = Object.keys(fieldOf(spec, 'selector') ?? {}).length > 0
  return reduced('Service', key, {
    reasons,
    ...(service && { entry: { namespace, name, service, hasSelector } }),
  })
}

function externalOf(spec: unknown, domain: string): Outcome {
  const name = fieldOf(spec, 'externalName')
  if (typeof name !== 'string') {
    const found = name === undefined ? 'missing' : `${show(name)}, not a string`
    return { reasons: [{ cause: 'external_name', text: `externalName is ${found}` }] }
  }
  const stored = externalTarget(name, domain)
  if ('reason' in stored) return { reasons: [stored.reason] }
  return { service: { kind: 'external', target: stored.target }, reasons: [] }
}

function ownOf(spec: unknown): Outcome {
  const listed = listOf(fieldOf(spec, 'clusterIPs'))
  const texts = listed.length > 0 ? listed : [fieldOf(spec, 'clusterIP')]
  if (texts[0] === 'None') return { service: { kind: 'headless' }, reasons: [] }
  const ips: string[] = []
  const reasons: Reason[] = []
  const refuse = (text: string): void => void reasons.push({ cause: 'cluster_ip', text })
  for (const text of texts) {
    const ip = typeof text === 'string' ? canonicalAddress(text) : undefined
    if (ip !== undefined) ips.push(ip)
    else if (text === undefined || text === null || text === '') refuse(noClusterIp)
    else refuse(`cluster IP ${show(text)} is not an IP address`)
  }
  if (ips.length === 0) return { reasons }
  const { ports, reasons: portReasons } = reducePorts(listOf(fieldOf(spec, 'ports')))
  return { service: { kind: 'cluster', ips, ports }, reasons: [...reasons, ...portReasons] }
}
