import { parseAddress } from '../../dns/address.ts'
import { isPrivateAddress } from '../../dns/private-ranges.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed, type Ports } from '../ports.ts'

/** Whether a resolver on the way drops private addresses, as a protection against DNS rebinding. */
export const rebindingCheck = defineCheck({
  id: 'rebinding',
  title: 'filter against DNS rebinding',
  needs: ['answer', 'resolver'],
  findings: {
    ok: { state: 'ok', text: 'Private addresses pass.' },
    public: { state: 'ok', text: 'The answer has no private address, so no filter applies.' },
    unknown: { state: 'skipped', text: 'The nameservers of this system are not known.' },
    other: {
      state: 'ok',
      text: 'No filter is seen: {server} answers neither the addresses nor other records of the zone.',
    },
    filtered: {
      state: 'problem',
      text: '{server} knows the zone {zone} and drops the private addresses of {name}: its filter against DNS rebinding is on.',
      remedy:
        'Exempt the zone: `rebind-domain-ok=/{zone}/` in dnsmasq, `private-domain: "{zone}"` in unbound; a home router has a list of such exceptions.',
    },
  },
  async run({ answer, resolver }, ports, found) {
    const server = resolver?.nameservers[0]
    const hasPrivate = answer?.addresses.some(isPrivate) ?? false
    if (!answer || !hasPrivate || answer.zone === undefined) return found('public', {})
    const { name, zone } = answer
    const seen = await ports.lookup(name)
    if (!isFailed(seen) && seen.addresses.some(isPrivate)) return found('ok', {})
    if (server === undefined) return found('unknown', {})
    const isFiltered = (await knowsZone(server, zone, ports)) && (await hasNoAddress(server, name, ports))
    return isFiltered ? found('filtered', { server, zone, name }) : found('other', { server })
  },
})

function isPrivate(address: string): boolean {
  const bytes = parseAddress(address)
  return bytes !== undefined && isPrivateAddress(bytes)
}

/** A record without an address reaches the client through such a filter. */
async function knowsZone(server: string, zone: string, ports: Ports): Promise<boolean> {
  const reply = await ports.askNameserver(server, `_snapshot.${zone}`, 'TXT')
  return !isFailed(reply) && reply.records.some(({ type }) => type === 'TXT')
}

async function hasNoAddress(server: string, name: string, ports: Ports): Promise<boolean> {
  const replies = await Promise.all(['A', 'AAAA'].map((type) => ports.askNameserver(server, name, type)))
  return replies.every(
    (reply) =>
      !isFailed(reply) &&
      reply.rcode !== 'NXDOMAIN' &&
      !reply.records.some(({ type }) => type === 'A' || type === 'AAAA'),
  )
}
