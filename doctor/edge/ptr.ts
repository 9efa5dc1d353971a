import { nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import { defineCheck } from '../define-check.ts'
import { isFailed } from '../ports.ts'

/** The name of the first address: at the edge, and at the system's nameserver. */
export const ptrCheck = defineCheck({
  id: 'ptr',
  title: 'reverse name',
  needs: ['answer'],
  findings: {
    ok: { state: 'ok', text: '{address} is {name}, at the edge and at {server}.' },
    edgeOnly: {
      state: 'note',
      text: '{address} is {name} at the edge; the nameserver {server} does not know it ({reason}).',
      remedy:
        'Only programs that show names for addresses need this: send the reverse zones to the stub as well (docs/laptops.md).',
    },
    edge: { state: 'ok', text: '{address} is {name} at the edge.' },
    none: {
      state: 'note',
      text: 'The edge has no name for {address} ({rcode}).',
      remedy:
        'The range of the address has to be among the reverse ranges of the edge; endpoint names can be switched off at the agent.',
    },
    noAddress: { state: 'skipped', text: 'There is no address to ask for.' },
  },
  async run({ answer, resolver }, ports, found) {
    const address = answer?.addresses[0]
    const reverse = address === undefined ? undefined : reverseNameOf(address)
    if (address === undefined || reverse === undefined) return found('noAddress', {})
    const question = nameToText(reverse)
    const response = await ports.askEdge(question, 'PTR')
    const reply = isFailed(response) ? undefined : response.reply
    const name = reply?.records.find(({ type }) => type === 'PTR')?.data
    if (name === undefined) return found('none', { address, rcode: reply?.rcode ?? 'no answer' })
    const server = resolver?.nameservers[0]
    if (server === undefined) return found('edge', { address, name })
    const other = await ports.askNameserver(server, question, 'PTR')
    if (isFailed(other)) return found('edgeOnly', { address, name, server, reason: other.reason })
    return other.records.some(({ type }) => type === 'PTR')
      ? found('ok', { address, name, server })
      : found('edgeOnly', { address, name, server, reason: other.rcode })
  },
})
