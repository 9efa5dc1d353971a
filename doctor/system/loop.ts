import { isLoopbackServer } from '../../install/system/resolv-conf-text.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed } from '../ports.ts'
import { probeName } from './probe-name.ts'

/** Whether names outside the zones get an answer. A stub that forwards to itself leaves them without one. */
export const loopCheck = defineCheck({
  id: 'loop',
  title: 'names outside the zones',
  needs: ['resolver'],
  findings: {
    ok: { state: 'ok', text: 'Names outside the zones get an answer from {server}.' },
    unknown: { state: 'skipped', text: 'The nameservers of this system are not known.' },
    loop: {
      state: 'problem',
      text: '{server} on this machine gives no answer to names outside the zones ({reason}), though it runs: it forwards them to itself, directly or through another resolver of this machine, or to a nameserver that does not answer.',
      remedy:
        'Give it the nameserver of the network for other names, never a loopback address or an address of this machine: `kubedoh connect --resolver ADDRESS`, `server=ADDRESS` in dnsmasq.',
    },
    silent: {
      state: 'note',
      text: '{server} gives no answer to names outside the zones ({reason}).',
      remedy: 'Without internet access this is so; otherwise check the nameserver of the network.',
    },
  },
  async run({ resolver }, ports, found) {
    const server = resolver?.nameservers[0]
    if (server === undefined) return found('unknown', {})
    const reply = await ports.askNameserver(server, probeName(ports), 'A')
    const isAnswer = !isFailed(reply) && (reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN')
    if (isAnswer) return found('ok', { server })
    const reason = isFailed(reply) ? reply.reason : reply.rcode
    return found(isLoopbackServer(server) ? 'loop' : 'silent', { server, reason })
  },
})
