import { canonicalAddress } from '../../dns/address.ts'
import { dashedLabel } from '../../snapshot/endpoint-name.ts'
import type { Endpoint } from '../../snapshot/schema.ts'
import { fieldOf, listOf, show } from './fields.ts'
import { foldedLabel, isObjectName, labelProblem } from './label.ts'
import { identify } from './object-key.ts'
import { type PackedGroup, packEndpoints } from './packed-endpoints.ts'
import { reducePorts } from './port.ts'
import { type Reason, type Reduced, reduced } from './skipped.ts'

/** The ready endpoints that one EndpointSlice adds to a Service, with their ports. */
export type SliceEntry = {
  readonly namespace: string
  /** The Service's name, from the label. That Service need not exist. */
  readonly service: string
  readonly group: PackedGroup
  readonly writer: SliceWriter
}

/**
 * The writer of a slice, as far as the slice tells: the EndpointSlice controller, the API server (which lists itself as
 * the endpoints of `default/kubernetes`), or anyone. The label of the controller can be forged; but the controller removes
 * from a slice with its label every address that is not a pod's, if the Service selects pods and the slice is not being
 * deleted.
 */
export type SliceWriter = 'controller' | 'api-server' | 'anyone'

/** The label that assigns a slice to a Service. The slice's name and owner references are ignored. */
const serviceLabel = 'kubernetes.io/service-name'

/** The label of the slices that a controller manages, and its value for those of the EndpointSlice controller. */
const writerLabel = 'endpointslice.kubernetes.io/managed-by'
const controller = 'endpointslice-controller.k8s.io'

/** The slice that API servers rewrite every few seconds. It has no label of a controller. */
const apiServerSlice = 'default/kubernetes'

/**
 * An EndpointSlice → its entry: every address of every endpoint whose condition `ready` is not false (absent
 * and null mean ready; `serving` and `terminating` are ignored), CoreDNS plugin/kubernetes/object/endpoint.go.
 * An endpoint whose `ready` is not a boolean is skipped: the API server would reject it.
 * With `usePodNames` an endpoint without hostname gets the name of its `targetRef`. Never throws.
 */
export function reduceSlice(object: unknown, usePodNames: boolean): Reduced<SliceEntry> {
  const { key, namespace, problem } = identify('EndpointSlice', object)
  if (problem) return reduced('EndpointSlice', key, { reasons: [problem] })
  const service = fieldOf(object, 'metadata', 'labels', serviceLabel)
  if (!isObjectName(service)) {
    return reduced('EndpointSlice', key, { reasons: [noService] })
  }
  const { ports, reasons } = reducePorts(listOf(fieldOf(object, 'ports')))
  const endpoints: Endpoint[] = []
  const problems = [...reasons]
  for (const endpoint of listOf(fieldOf(object, 'endpoints'))) {
    const ready = fieldOf(endpoint, 'conditions', 'ready') ?? true
    if (typeof ready !== 'boolean') problems.push(oddReady(ready, endpoint))
    if (ready !== true) continue
    const hostname = fieldOf(endpoint, 'hostname') || (usePodNames ? podLabel(endpoint) : undefined)
    for (const address of listOf(fieldOf(endpoint, 'addresses'))) {
      const outcome = reduceEndpoint(address, hostname)
      if ('reason' in outcome) problems.push(outcome.reason)
      else endpoints.push(outcome.endpoint)
    }
  }
  const group = { ports, endpoints: packEndpoints(endpoints) }
  const entry = { namespace, service, group, writer: writerOf(key, object) }
  return reduced('EndpointSlice', key, { entry, reasons: problems })
}

const noService: Reason = {
  cause: 'service_label',
  text: `its label ${serviceLabel} is not the name of a Service, so nothing is known to use its endpoints`,
}

function writerOf(key: string, object: unknown): SliceWriter {
  if (key === apiServerSlice) return 'api-server'
  const isManaged = fieldOf(object, 'metadata', 'labels', writerLabel) === controller
  const isBeingDeleted = (fieldOf(object, 'metadata', 'deletionTimestamp') ?? null) !== null
  return isManaged && !isBeingDeleted ? 'controller' : 'anyone'
}

function oddReady(ready: unknown, endpoint: unknown): Reason {
  const addresses = listOf(fieldOf(endpoint, 'addresses')).map(show).join(', ')
  return {
    cause: 'other',
    text: `condition ready of endpoint ${addresses} is ${show(ready)}, not true or false without quotes`,
  }
}

/** The name of an endpoint's pod if it is one label (CoreDNS endpoint_pod_names, which accepts any below 64 bytes). */
function podLabel(endpoint: unknown): string | undefined {
  const name = fieldOf(endpoint, 'targetRef', 'name')
  return typeof name === 'string' ? foldedLabel(name) : undefined
}

/**
 * One address and its endpoint's hostname → the endpoint, or the reason why it cannot be published. A hostname replaces
 * the dashed address. The dashed form is made from the text as stored, the address itself becomes canonical.
 */
function reduceEndpoint(
  address: unknown,
  hostname: unknown,
): { readonly endpoint: Endpoint } | { readonly reason: Reason } {
  const canonical = typeof address === 'string' ? canonicalAddress(address) : undefined
  if (typeof address !== 'string' || canonical === undefined) {
    return {
      reason: { cause: 'endpoint_address', text: `endpoint address ${show(address)} is not an IP address` },
    }
  }
  const isNamed = hostname !== undefined && hostname !== null && hostname !== ''
  if (!isNamed && address === canonical) return { endpoint: [canonical] }
  const name = isNamed ? hostname : dashedLabel(address)
  const label = typeof name === 'string' ? foldedLabel(name) : undefined
  if (label === undefined) {
    const text = `endpoint hostname ${labelProblem(hostname)}`
    return { reason: { cause: 'endpoint_hostname', text } }
  }
  return { endpoint: label === dashedLabel(canonical) ? [canonical] : [canonical, label] }
}
