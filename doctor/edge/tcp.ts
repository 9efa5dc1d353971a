import { defineCheck } from '../define-check.ts'
import { portOf } from '../place.ts'

/** Whether the edge's port accepts connections at one of its addresses. */
export const tcpCheck = defineCheck({
  id: 'tcp',
  title: 'TCP connection to the edge',
  needs: ['host'],
  findings: {
    ok: { state: 'ok', text: 'TCP port {port} of {address} accepts connections.' },
    refused: {
      state: 'problem',
      text: 'Nothing listens on TCP port {port} of {address}.',
      remedy: 'Start the edge, or correct the port in the URL.',
    },
    silent: {
      state: 'problem',
      text: 'TCP port {port} of {address} does not reply: a firewall drops the packets, or the machine is off.',
      remedy: 'Try another network; open the port in the firewall of the edge.',
    },
    unreachable: {
      state: 'problem',
      text: 'This machine has no route to {address}: {reason}.',
      remedy: 'Connect to the network or VPN in which the edge is.',
    },
    failed: {
      state: 'problem',
      text: 'The connection to TCP port {port} of {address} fails: {reason}.',
      remedy: 'Check the network.',
    },
  },
  async run({ url, edgeAddresses = [] }, ports, found) {
    const port = portOf(url)
    const results = await Promise.all(
      edgeAddresses.map(async (address) => ({ address, ...(await ports.connect(address, port)) })),
    )
    const open = results.filter(({ outcome }) => outcome === 'open').map(({ address }) => address)
    const [first] = results
    if (open[0] !== undefined) return found('ok', { address: open[0], port }, { edgeAddresses: open })
    if (!first) return found('failed', { address: url.hostname, port, reason: 'the host has no address' })
    const { address, reason } = first
    if (first.outcome === 'refused') return found('refused', { address, port })
    if (first.outcome === 'silent') return found('silent', { address, port })
    return found(first.outcome === 'unreachable' ? 'unreachable' : 'failed', { address, port, reason })
  },
})
