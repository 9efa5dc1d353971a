import { parseAddress } from '../../dns/address.ts'
import { isPrivateAddress } from '../../dns/private-ranges.ts'
import { defineCheck } from '../define-check.ts'
import { servicePorts } from './service-ports.ts'

/** Whether packets to the address have a way. A name is not a route: kubedoh gives addresses, networks are another matter. */
export const routeCheck = defineCheck({
  id: 'route',
  title: 'route to the address',
  needs: ['answer'],
  findings: {
    ok: { state: 'ok', text: '{address} has a route: {destination} on {interface}.' },
    own: { state: 'ok', text: '{address} is an address of this machine.' },
    public: {
      state: 'ok',
      text: '{address} is a public address, reached by the default route on {interface}.',
    },
    reached: {
      state: 'ok',
      text: '{address} is reached by the default route on {interface}: TCP port {port} replies.',
    },
    unknown: {
      state: 'note',
      text: 'The routes of this system cannot be read; the check port tries a connection.',
    },
    none: {
      state: 'problem',
      text: 'There is no route to {address}: {reason}. The name is right; a name is not a route.',
      remedy:
        "Connect to the cluster's network: a VPN, a subnet router, or a tunnel; or use `kubectl port-forward`.",
    },
    defaultOnly: {
      state: 'problem',
      text: 'Only the default route on {interface} leads to {address}, a private address that nothing replies from. The name is right; a name is not a route.',
      remedy:
        "Connect to the cluster's network, and check that the VPN or subnet router announces the range of {address}; or use `kubectl port-forward`.",
    },
  },
  async run({ answer, port: given }, ports, found) {
    const address = answer?.addresses[0] ?? ''
    const route = await ports.routeTo(address)
    if (!route) return found('unknown', {})
    if (route.kind === 'none') return found('none', { address, reason: route.reason })
    if (route.kind === 'local') return found('own', { address })
    const { destination, interface: link } = route
    if (route.kind === 'specific') return found('ok', { address, destination, interface: link })
    const bytes = parseAddress(address)
    if (bytes && !isPrivateAddress(bytes)) return found('public', { address, interface: link })
    for (const port of await servicePorts(answer?.name ?? '', given, ports)) {
      const { outcome } = await ports.connect(address, port)
      if (outcome === 'open' || outcome === 'refused')
        return found('reached', { address, interface: link, port })
    }
    return found('defaultOnly', { address, interface: link })
  },
})
