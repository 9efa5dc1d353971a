import { readText } from '../../install/apply/disk.ts'
import { isLoopbackServer, readResolvConf } from '../../install/system/resolv-conf-text.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed } from '../ports.ts'
import { probeName } from './probe-name.ts'

/** Addresses of systemd-resolved's own listeners (systemd-resolved.service(8)). */
const resolvedAddresses = ['127.0.0.53', '127.0.0.54']

/** Which nameservers the system asks, and whether they listen. */
export const resolverCheck = defineCheck({
  id: 'resolver',
  title: "the system's nameservers",
  needs: [],
  findings: {
    ok: { state: 'ok', text: 'The system asks {servers}.' },
    resolved: { state: 'ok', text: 'The system asks systemd-resolved at {server}.' },
    otherSystem: {
      state: 'note',
      text: 'The nameservers of this system ({platform}) are not looked at; its look-ups are.',
    },
    none: {
      state: 'problem',
      text: '/etc/resolv.conf has no nameserver, so programs ask 127.0.0.1.',
      remedy: 'Connect to a network, or write a nameserver into /etc/resolv.conf.',
    },
    dead: {
      state: 'problem',
      text: 'Nothing listens at {server}, the nameserver of /etc/resolv.conf.',
      remedy:
        'Start the stub or resolver of that address, for example with `systemctl start kubedoh-connect`, or remove the address.',
    },
    beside: {
      state: 'problem',
      text: '/etc/resolv.conf has {others} next to {stub} on this machine: names of the cluster go there too, and when the stub is slow or stopped, its NXDOMAIN counts.',
      remedy: 'Leave {stub} as the only nameserver; it forwards other names itself.',
    },
  },
  async run(_facts, ports, found) {
    const text = await readText(ports.disk, '/etc/resolv.conf')
    if (text === undefined)
      return found(
        'otherSystem',
        { platform: ports.platform },
        { resolver: { nameservers: [], isResolved: false } },
      )
    const nameservers = readResolvConf(text).nameservers.slice(0, 3)
    const isResolved = nameservers.some((address) => resolvedAddresses.includes(address))
    const resolver = { nameservers, isResolved }
    if (nameservers.length === 0) return found('none', {})
    const replies = await Promise.all(
      nameservers.map((server) => ports.askNameserver(server, probeName(ports), 'A')),
    )
    const dead = nameservers.find((_, at) => {
      const reply = replies[at]
      return reply && isFailed(reply) && reply.failed === 'CONNECT_REFUSED'
    })
    if (dead !== undefined) return found('dead', { server: dead }, { resolver })
    const stub = nameservers.find(isLoopbackServer)
    const others = nameservers.filter((address) => !isLoopbackServer(address))
    if (stub !== undefined && others.length > 0)
      return found('beside', { stub, others: others.join(', ') }, { resolver })
    return isResolved
      ? found('resolved', { server: nameservers[0] ?? '' }, { resolver })
      : found('ok', { servers: nameservers.join(', ') }, { resolver })
  },
})
