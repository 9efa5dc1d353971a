import { canonicalAddress } from '../../dns/address.ts'
import { defineCheck } from '../define-check.ts'
import type { EdgeAnswer } from '../facts.ts'
import { type EdgeResponse, isFailed } from '../ports.ts'
import { someOf } from '../some-of.ts'
import { primaryZones, zoneNames, zoneOf } from '../zone-of.ts'

const findings = {
  ok: { state: 'ok', text: 'The edge answers {chain}: {addresses}.' },
  fallback: {
    state: 'note',
    text: 'No name was given, and the edge has no {name} for this caller, so no address can be tested.',
    remedy: 'Give a name: kubedoh doctor URL NAME.',
  },
  short: {
    state: 'problem',
    text: '{name} is in no zone of the edge ({zones}).',
    remedy:
      'Write the whole name, such as {example}; short names need a search list, which the edge does not see.',
  },
  outside: {
    state: 'problem',
    text: 'The edge refuses {name}, which is in none of its zones ({zones}).',
    remedy: 'Ask for a name of the cluster. Other names are the task of the usual resolver.',
  },
  missing: {
    state: 'problem',
    text: 'The edge says that {name} does not exist (NXDOMAIN).',
    remedy:
      'Check the spelling, NAME.NAMESPACE.svc.ZONE. A namespace that the token may not see does not exist for it; a headless Service without ready endpoints does not exist either.',
  },
  noAddress: {
    state: 'problem',
    text: '{name} exists and has no address ({chain}).',
    remedy:
      'Ask for a Service or a pod. The target of an ExternalName outside the cluster needs an upstream resolver at the edge.',
  },
  withheld: {
    state: 'problem',
    text: 'The edge answers {rcode} for {name}: {reason}',
    remedy: 'Follow the reason; the check snapshot says how old the data is.',
  },
  failed: {
    state: 'problem',
    text: 'The query for {name} fails: {reason}.',
    remedy: 'Try again.',
  },
} as const

/** The edge's answer for the name, with its aliases. Without a name: that of the API server's Service. */
export const answerCheck = defineCheck({
  id: 'answer',
  title: "the edge's answer",
  needs: ['token'],
  findings,
  async run({ name: given, zones }, ports, found) {
    const name = given ?? `kubernetes.default.svc.${primaryZones(zones)[0] ?? 'cluster.local'}`
    const zone = zoneOf(name, zones)
    const [a, aaaa] = await Promise.all([ports.askEdge(name, 'A'), ports.askEdge(name, 'AAAA')])
    if (isFailed(a)) return found('failed', { name, reason: a.reason })
    const answer = { name, zone, ...chainOf(name, [a, isFailed(aaaa) ? undefined : aaaa]) }
    const chain = answer.chain.join(' → ')
    if (answer.addresses.length > 0)
      return found('ok', { chain, addresses: someOf(answer.addresses) }, { answer })
    const { rcode, error } = a.reply ?? { rcode: `HTTP status ${a.status}`, error: undefined }
    if (given === undefined) return found('fallback', { name })
    const known = zoneNames(zones).join(', ')
    if (zone === undefined && rcode !== 'NOERROR')
      return name.split('.').length <= 3
        ? found('short', { name, zones: known, example: exampleOf(name, primaryZones(zones)[0] ?? '') })
        : found('outside', { name, zones: known })
    if (rcode === 'NXDOMAIN') return found('missing', { name })
    if (rcode === 'NOERROR') return found('noAddress', { name, chain })
    return found('withheld', { name, rcode, reason: error ? `${error.text}.` : 'no reason is given.' })
  },
})

/** The names from alias to alias, and the addresses at the end. */
function chainOf(
  name: string,
  responses: readonly (EdgeResponse | undefined)[],
): Pick<EdgeAnswer, 'chain' | 'addresses'> {
  const records = responses.flatMap((response) => response?.reply?.records ?? [])
  const aliases = new Map(
    records.filter(({ type }) => type === 'CNAME').map(({ owner, data }) => [owner, data]),
  )
  const chain = [name.toLowerCase()]
  let next = aliases.get(name.toLowerCase())
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next)
    next = aliases.get(next)
  }
  const addresses = records
    .filter(({ type }) => type === 'A' || type === 'AAAA')
    .flatMap(({ data }) => canonicalAddress(data) ?? [])
  return { chain, addresses: [...new Set(addresses)] }
}

function exampleOf(name: string, zone: string): string {
  const labels = name.split('.')
  const namespaced = labels.length === 1 ? [name, 'default'] : labels
  return [...namespaced.filter((label) => label !== 'svc'), 'svc', zone].join('.')
}
