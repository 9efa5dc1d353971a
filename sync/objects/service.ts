import { canonicalAddress } from '../../dns/address.ts'
import type { ClusterService, ExternalService } from '../../snapshot/schema.ts'
import { externalTarget } from './external-target.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { identify } from './object-key.ts'
import { reducePorts } from './port.ts'
import { type Reduced, reduced } from './skipped.ts'

/** A Service as DNS sees it; the endpoints of a headless one come from slices. */
export type ServiceEntry = {
  readonly namespace: string
  readonly name: string
  readonly service: ClusterService | ExternalService | { readonly kind: 'headless' }
}

type Outcome = { readonly service?: ServiceEntry['service']; readonly reasons: readonly string[] }

/**
 * A Service → its entry. `domain` is the cluster's native domain, folded, without final dot. Type ExternalName
 * comes first, whatever else the spec holds; then headless, which only the first cluster IP decides (CoreDNS
 * plugin/kubernetes/object/service.go). Node ports, load balancer addresses and selectors mean nothing to DNS.
 * Never throws.
 */
export function reduceService(object: unknown, domain: string): Reduced<ServiceEntry> {
  const { key, namespace, name, problem } = identify('Service', object)
  if (problem) return reduced('Service', key, { reasons: [problem] })
  const spec = fieldOf(object, 'spec')
  const { service, reasons } =
    fieldOf(spec, 'type') === 'ExternalName' ? externalOf(spec, domain) : ownOf(spec)
  return reduced('Service', key, { reasons, ...(service && { entry: { namespace, name, service } }) })
}

function externalOf(spec: unknown, domain: string): Outcome {
  const name = fieldOf(spec, 'externalName')
  if (typeof name !== 'string') return { reasons: [`externalName is ${show(name)}, not a name`] }
  const stored = externalTarget(name, domain)
  if ('reason' in stored) return { reasons: [stored.reason] }
  return { service: { kind: 'external', target: stored.target }, reasons: [] }
}

function ownOf(spec: unknown): Outcome {
  const listed = listOf(fieldOf(spec, 'clusterIPs'))
  const texts = listed.length > 0 ? listed : [fieldOf(spec, 'clusterIP')]
  if (texts[0] === 'None') return { service: { kind: 'headless' }, reasons: [] }
  const ips: string[] = []
  const reasons: string[] = []
  for (const text of texts) {
    const ip = typeof text === 'string' ? canonicalAddress(text) : undefined
    if (ip !== undefined) ips.push(ip)
    else if (text === undefined || text === '') reasons.push('it has no cluster IP')
    else reasons.push(`cluster IP ${show(text)} is no IP address`)
  }
  if (ips.length === 0) return { reasons }
  const { ports, reasons: portReasons } = reducePorts(listOf(fieldOf(spec, 'ports')))
  return { service: { kind: 'cluster', ips, ports }, reasons: [...reasons, ...portReasons] }
}
