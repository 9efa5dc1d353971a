import { parseAddress } from '../../dns/address.ts'
import { isPrivateAddress } from '../../dns/private-ranges.ts'
import type { Endpoint } from '../../snapshot/schema.ts'
import type { SliceEntry } from '../objects/endpoint-slice.ts'
import { type PackedGroup, packEndpoints, unpackEndpoints } from '../objects/packed-endpoints.ts'

/**
 * The slices of a Service → their endpoints that have PTRs. An edge may answer for public addresses as well, whose
 * reverse names belong to others: anyone who may write a slice could otherwise claim 8.8.8.8. So public addresses count
 * only in slices of the API server, and in those of the EndpointSlice controller for a Service that selects pods, whose
 * addresses are those of the pods. Private addresses count in every slice.
 */
export function pointerGroups(slices: readonly SliceEntry[], hasSelector: boolean): PackedGroup[] {
  return slices.map(({ group, writer }) => {
    const isTrusted = writer === 'api-server' || (writer === 'controller' && hasSelector)
    if (isTrusted) return group
    const endpoints = unpackEndpoints(group.endpoints)
    if (endpoints.every(isPrivate)) return group
    return { ...group, endpoints: packEndpoints(endpoints.filter(isPrivate)) }
  })
}

function isPrivate([address]: Endpoint): boolean {
  // The usual range of pods, without the cost of parsing.
  if (address.startsWith('10.')) return true
  const bytes = parseAddress(address)
  return bytes !== undefined && isPrivateAddress(bytes)
}
