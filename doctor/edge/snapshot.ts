import { defineCheck } from '../define-check.ts'
import { type EdgeResponse, isFailed } from '../ports.ts'
import { primaryZones, zoneOf } from '../zone-of.ts'

type Facts = Readonly<Record<string, string>>

const findings = {
  fresh: { state: 'ok', text: 'The data of cluster {cluster} is {age} old, generation {generation}.' },
  static: {
    state: 'ok',
    text: 'The data of cluster {cluster} was published once from a file, and does not age (generation {generation}).',
  },
  stale: {
    state: 'problem',
    text: 'The data of cluster {cluster} is stale: nothing was confirmed for {age}. Existing names are answered, missing ones are SERVFAIL.',
    remedy:
      "Look at the log of the cluster's agent (`kubedoh sync` or `up`): it does not reach the API server or the edge.",
  },
  expired: {
    state: 'problem',
    text: 'The data of {zone} has expired: {reason}',
    remedy: "Start the cluster's agent, and read its log.",
  },
  absent: {
    state: 'problem',
    text: 'The edge has no data for {zone}: {reason}',
    remedy:
      "Start the cluster's agent (`kubedoh sync`), and check that its cluster id and key are those of the edge's configuration.",
  },
  unknown: {
    state: 'note',
    text: 'The server does not say how old its data of {zone} is ({rcode}).',
    remedy: 'Only an edge of kubedoh answers _snapshot TXT, and only to callers who may see the zone.',
  },
  failed: {
    state: 'problem',
    text: 'The query for _snapshot.{zone} fails: {reason}.',
    remedy: 'Try again.',
  },
} as const

/** How old the data behind the answers is: of the name's cluster, otherwise of the first cluster that is not fresh. */
export const snapshotCheck = defineCheck({
  id: 'snapshot',
  title: 'age of the data',
  needs: ['token'],
  findings,
  async run({ name, zones }, ports, found) {
    const own = name === undefined ? undefined : zoneOf(name, zones)
    const asked = own === undefined ? primaryZones(zones) : [own]
    const look = async (zone: string): Promise<ReturnType<typeof found>> => {
      const response = await ports.askEdge(`_snapshot.${zone}`, 'TXT')
      if (isFailed(response)) return found('failed', { zone, reason: response.reason })
      const { cluster = '', age = '', generation = '', state } = snapshotFacts(response)
      if (state === 'fresh' || state === 'static') return found(state, { cluster, age, generation })
      if (state === 'stale') return found('stale', { cluster, age })
      const { rcode, error } = response.reply ?? { rcode: `status ${response.status}`, error: undefined }
      if (state === 'expired') return found('expired', { zone, reason: `nothing was confirmed for ${age}.` })
      if (rcode !== 'SERVFAIL') return found('unknown', { zone, rcode })
      const reason = error ? `${error.text}.` : 'SERVFAIL.'
      return /last seen/.test(reason) ? found('expired', { zone, reason }) : found('absent', { zone, reason })
    }
    const outcomes = await Promise.all(asked.map(look))
    const [first] = outcomes
    if (!first) return found('unknown', { zone: 'any zone', rcode: 'no zone' })
    return outcomes.find(({ finding }) => finding.state === 'problem') ?? first
  },
})

/** The strings `key=value` of a TXT record. */
function snapshotFacts({ reply }: EdgeResponse): Facts {
  const data = reply?.records.find(({ type }) => type === 'TXT')?.data ?? ''
  return Object.fromEntries(
    [...data.matchAll(/"?([A-Za-z]+)=([^"\s]*)"?/g)].map(([, key = '', value = '']) => [key, value]),
  )
}
