import { clientAddress, type ProxyTrust } from '../http/client-address.ts'
import type { DohRequest } from '../http/request.ts'
import { networkOf } from './network.ts'

/** A request → the network of its client, as limits count it; undefined for a client that is not limited by network. */
export function callerNetwork(request: DohRequest, trust: ProxyTrust): string | undefined {
  return networkOf(clientAddress(request, trust))
}
