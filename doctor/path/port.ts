import { defineCheck } from '../define-check.ts'
import { servicePorts } from './service-ports.ts'

/** Whether the Service accepts TCP connections. */
export const portCheck = defineCheck({
  id: 'port',
  title: 'TCP connection to the Service',
  needs: ['route'],
  findings: {
    ok: { state: 'ok', text: 'TCP port {port} of {address} accepts connections.' },
    noPort: {
      state: 'skipped',
      text: '{name} has no port in the DNS (SRV).',
      remedy: 'Name a port with --port.',
    },
    refused: {
      state: 'problem',
      text: '{address} refuses connections to TCP port {port}: it is reached, and nothing listens there.',
      remedy:
        'Check the ports of the Service and whether its pods are ready (`kubectl get endpointslices`); for a UDP Service this says nothing.',
    },
    silent: {
      state: 'problem',
      text: '{address} does not reply on TCP port {port}: no packet comes back.',
      remedy:
        "Check the VPN's or subnet router's way into the cluster, a NetworkPolicy, and the way back; a ClusterIP only works where kube-proxy or the router handles it.",
    },
    unreachable: {
      state: 'problem',
      text: '{address} cannot be reached on TCP port {port}: {reason}.',
      remedy: "Check the VPN's or subnet router's way into the cluster.",
    },
  },
  async run({ answer, port: given }, ports, found) {
    const name = answer?.name ?? ''
    const address = answer?.addresses[0] ?? ''
    const tried = []
    for (const port of await servicePorts(name, given, ports)) {
      const connection = await ports.connect(address, port)
      if (connection.outcome === 'open') return found('ok', { address, port })
      tried.push({ port, ...connection })
    }
    const [first] = tried
    if (!first) return found('noPort', { name })
    const { port, outcome, reason } = first
    if (outcome === 'refused') return found('refused', { address, port })
    return outcome === 'silent'
      ? found('silent', { address, port })
      : found('unreachable', { address, port, reason })
  },
})
