import { canonicalAddress } from '../../dns/address.ts'
import { dashedLabel } from '../../snapshot/endpoint-name.ts'
import type { Endpoint, EndpointGroup } from '../../snapshot/schema.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { foldedLabel, isObjectName } from './label.ts'
import { identify } from './object-key.ts'
import { reducePorts } from './port.ts'
import { type Reduced, reduced } from './skipped.ts'

/** The ready endpoints that one EndpointSlice gives a service, with their ports. */
export type SliceEntry = {
  readonly namespace: string
  /** The service's name, by label; whether that service exists is another question. */
  readonly service: string
  readonly group: EndpointGroup
}

/** The label that says whose endpoints a slice holds; its name and owner mean nothing. */
const serviceLabel = 'kubernetes.io/service-name'

/**
 * An EndpointSlice → its entry: every address of every endpoint whose condition `ready` is not false (absent
 * and null mean ready; `serving` and `terminating` are never read), CoreDNS plugin/kubernetes/object/endpoint.go.
 * With `usePodNames` an endpoint without hostname is named as what it refers to. Never throws.
 */
export function reduceSlice(object: unknown, usePodNames: boolean): Reduced<SliceEntry> {
  const { key, namespace, problem } = identify('EndpointSlice', object)
  if (problem) return reduced('EndpointSlice', key, { reasons: [problem] })
  const service = fieldOf(object, 'metadata', 'labels', serviceLabel)
  if (!isObjectName(service)) {
    return reduced('EndpointSlice', key, { reasons: [`its label ${serviceLabel} names no service`] })
  }
  const { ports, reasons } = reducePorts(listOf(fieldOf(object, 'ports')))
  const endpoints: Endpoint[] = []
  const problems = [...reasons]
  for (const endpoint of listOf(fieldOf(object, 'endpoints'))) {
    if (fieldOf(endpoint, 'conditions', 'ready') === false) continue
    const hostname = fieldOf(endpoint, 'hostname') || (usePodNames ? podLabel(endpoint) : undefined)
    for (const address of listOf(fieldOf(endpoint, 'addresses'))) {
      const outcome = reduceEndpoint(address, hostname)
      if ('reason' in outcome) problems.push(outcome.reason)
      else endpoints.push(outcome.endpoint)
    }
  }
  const entry = { namespace, service, group: { ports, endpoints } }
  return reduced('EndpointSlice', key, { entry, reasons: problems })
}

/** The name of an endpoint's pod where it is one label (CoreDNS endpoint_pod_names, which takes any below 64 bytes). */
function podLabel(endpoint: unknown): string | undefined {
  const name = fieldOf(endpoint, 'targetRef', 'name')
  return typeof name === 'string' ? foldedLabel(name) : undefined
}

/**
 * One address, with its endpoint's hostname → the endpoint, or why it cannot be published. A hostname replaces
 * the dashed address; the dashed form is made from the text as stored, while the address becomes canonical.
 */
function reduceEndpoint(
  address: unknown,
  hostname: unknown,
): { readonly endpoint: Endpoint } | { readonly reason: string } {
  const canonical = typeof address === 'string' ? canonicalAddress(address) : undefined
  if (typeof address !== 'string' || canonical === undefined) {
    return { reason: `endpoint address ${show(address)} is no IP address` }
  }
  const isNamed = hostname !== undefined && hostname !== null && hostname !== ''
  if (!isNamed && address === canonical) return { endpoint: [canonical] }
  const name = isNamed ? hostname : dashedLabel(address)
  const label = typeof name === 'string' ? foldedLabel(name) : undefined
  if (label === undefined)
    return { reason: `endpoint hostname ${show(hostname)} is no DNS label of at most 63 bytes` }
  return { endpoint: label === dashedLabel(canonical) ? [canonical] : [canonical, label] }
}
