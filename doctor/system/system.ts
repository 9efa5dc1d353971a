import { canonicalAddress } from '../../dns/address.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed } from '../ports.ts'
import { someOf } from '../some-of.ts'
import { zoneOf } from '../zone-of.ts'

/** Whether programs of this system get the edge's answer. */
export const systemCheck = defineCheck({
  id: 'system',
  title: "look-up by the system's resolver",
  needs: ['answer'],
  findings: {
    ok: { state: 'ok', text: "The system's resolver gives the edge's answer for {name}." },
    fewer: {
      state: 'note',
      text: "The system's resolver gives {count} of the edge's {all} addresses of {name}: programs that ask without EDNS get what fits.",
    },
    alias: {
      state: 'ok',
      text: "The system's resolver has an address of {name}, an alias for a name outside the zones.",
    },
    changed: {
      state: 'note',
      text: "The system's resolver gives some addresses of {name} that the edge no longer has: a cache on the way is older than the TTL, or the pods have just changed.",
    },
    other: {
      state: 'problem',
      text: "The system's resolver has other addresses of {name} ({addresses}): another resolver or VPN answers for {zone}.",
      remedy:
        'Find out which one (`resolvectl query {name}` on Linux, `scutil --dns` on macOS), and give the zone to one of the two only.',
    },
    missing: {
      state: 'problem',
      text: "The system's resolver says that {name} does not exist or has no address; the edge has it. If no check above names the cause, the zone {zone} is not sent to a stub of the edge.",
      remedy:
        'Run `kubedoh connect URL --install`, or follow docs/laptops.md; browsers can ask the edge themselves.',
    },
    fails: {
      state: 'problem',
      text: "The system's resolver has no answer for {name}: {reason}.",
      remedy: 'Check that the stub runs (`kubedoh connect status`) and that the system sends {zone} to it.',
    },
  },
  async run({ answer, zones }, ports, found) {
    const name = answer?.name ?? ''
    const wanted = answer?.addresses ?? []
    const zone = answer?.zone ?? 'of the name'
    const seen = await ports.lookup(name)
    if (isFailed(seen))
      return seen.failed === 'ENOTFOUND'
        ? found('missing', { name, zone })
        : found('fails', { name, zone, reason: seen.reason })
    const addresses = [...new Set(seen.addresses.flatMap((address) => canonicalAddress(address) ?? []))]
    const same = addresses.filter((address) => wanted.includes(address))
    const isOutside = zoneOf(answer?.chain.at(-1) ?? name, zones) === undefined
    if (isOutside) return found('alias', { name })
    if (same.length === 0) return found('other', { name, zone, addresses: someOf(addresses) })
    if (same.length < addresses.length) return found('changed', { name })
    return same.length < wanted.length
      ? found('fewer', { name, count: same.length, all: wanted.length })
      : found('ok', { name })
  },
})
