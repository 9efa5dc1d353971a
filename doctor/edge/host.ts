import { isIP } from 'node:net'
import { readText } from '../../install/apply/disk.ts'
import { isLoopbackServer, readResolvConf } from '../../install/system/resolv-conf-text.ts'
import { defineCheck } from '../define-check.ts'
import { bareHost } from '../place.ts'
import { isFailed } from '../ports.ts'

/** Whether the system finds the address of the edge's host. */
export const hostCheck = defineCheck({
  id: 'host',
  title: "address of the edge's host",
  needs: [],
  findings: {
    ok: { state: 'ok', text: 'The host {host} has the address {addresses}.' },
    literal: { state: 'ok', text: 'The URL has the address {host}, so no name has to be looked up.' },
    throughStub: {
      state: 'note',
      text: 'The host {host} has the address {addresses}, and the system asks {server} on this machine for it. A stub there has to look this name up elsewhere, as `kubedoh connect` does.',
    },
    unknown: {
      state: 'problem',
      text: "The system's resolver says that the host {host} does not exist.",
      remedy: 'Check the spelling of the URL and the DNS record of the edge.',
    },
    stubFails: {
      state: 'problem',
      text: 'The host {host} cannot be looked up ({reason}), and the system asks {server} on this machine: a stub there looks up the name of its own edge through itself, or does not run.',
      remedy:
        'Start the stub, or give it a nameserver for other names: `kubedoh connect --resolver ADDRESS`. To test the edge alone, write its address into the URL.',
    },
    fails: {
      state: 'problem',
      text: 'The host {host} cannot be looked up: {reason}.',
      remedy: "Check the network and the system's nameserver.",
    },
  },
  async run({ url }, ports, found) {
    const host = bareHost(url)
    if (isIP(host)) return found('literal', { host }, { edgeAddresses: [host] })
    const answer = await ports.lookup(host)
    const server = readResolvConf((await readText(ports.disk, '/etc/resolv.conf')) ?? '').nameservers.find(
      isLoopbackServer,
    )
    if (!isFailed(answer)) {
      const learned = { edgeAddresses: answer.addresses }
      const addresses = answer.addresses.join(', ')
      return server === undefined || addresses.split(', ').every(isLoopbackServer)
        ? found('ok', { host, addresses }, learned)
        : found('throughStub', { host, addresses, server }, learned)
    }
    const { failed, reason } = answer
    if (failed === 'ENOTFOUND') return found('unknown', { host })
    return server === undefined
      ? found('fails', { host, reason })
      : found('stubFails', { host, reason, server })
  },
})
