import { type EdgeZones, readEdgeZones } from '../../setup/edge-zones.ts'
import { PlacesError, placesOf } from '../../setup/places.ts'
import { defineCheck } from '../define-check.ts'
import { bareHost } from '../place.ts'
import { isFailed } from '../ports.ts'
import { someOf } from '../some-of.ts'
import { zoneOf } from '../zone-of.ts'

/** A token that ends within a day is reported. */
const soonMs = 24 * 60 * 60 * 1000

/** Which zones the token may see, and whether the edge's own host is in one of them. */
export const zonesCheck = defineCheck({
  id: 'zones',
  title: 'zones of the edge',
  needs: ['token'],
  findings: {
    ok: { state: 'ok', text: 'The edge answers for {zones}; reverse names: {reverse}.' },
    okUntil: {
      state: 'ok',
      text: 'The edge answers for {zones}; reverse names: {reverse}. The token ends at {until}.',
    },
    ending: {
      state: 'note',
      text: 'The edge answers for {zones}; the token ends soon, at {until}.',
      remedy: 'Ask the operator of the cluster for a new token in time.',
    },
    incomplete: {
      state: 'note',
      text: 'The edge answers for {zones}; it cannot read what this caller may see of all clusters, so zones may be missing.',
      remedy: 'Wait and try again. If it stays so, an agent has not published: look at its log.',
    },
    none: {
      state: 'problem',
      text: 'The edge shows this caller no zone.',
      remedy: 'Use a token of the cluster whose names you want, or ask its operator for more namespaces.',
    },
    hostInZone: {
      state: 'problem',
      text: "The edge's host {host} is in {zone}, a zone of the edge itself: a resolver that asks the edge for this zone can never find the edge.",
      remedy:
        'Give the edge a host name outside of its zones, or use an alias zone that does not contain the host.',
    },
    notListed: {
      state: 'note',
      text: 'The server has no list of its zones ({reason}): it is another DoH server or an older edge. The next checks assume the zone cluster.local.',
      remedy: 'Check the URL, or update the edge.',
    },
    unreadable: {
      state: 'problem',
      text: 'The list of zones cannot be read: {reason}.',
      remedy: 'Update kubedoh and the edge to the same version.',
    },
  },
  async run({ url }, ports, found) {
    const path = zonesPath(url)
    if (path === undefined) return found('notListed', { reason: 'the path of the URL is not /dns-query' })
    const response = await ports.getFromEdge(path)
    if (isFailed(response)) return found('unreadable', { reason: response.reason })
    if (response.status !== 200) return found('notListed', { reason: `status ${response.status}` })
    const zones = readZones(response.text)
    if (typeof zones === 'string') return found('unreadable', { reason: zones })
    if (zones.zones.length === 0 && zones.complete) return found('none', {})
    const host = bareHost(url)
    const zone = zoneOf(host, zones)
    if (zone !== undefined) return found('hostInZone', { host, zone }, { zones })
    const names = someOf(zones.zones.map((each) => `${each.name} (${each.cluster})`))
    if (!zones.complete) return found('incomplete', { zones: names }, { zones })
    const reverse = someOf(zones.reverse) || 'none'
    const until = zones.expires
    if (until === null) return found('ok', { zones: names, reverse }, { zones })
    return Date.parse(until) - ports.nowMs() < soonMs
      ? found('ending', { zones: names, until }, { zones })
      : found('okUntil', { zones: names, reverse, until }, { zones })
  },
})

/** The path of the list for the caller of a DoH URL; undefined where the URL has another path than an edge's. */
function zonesPath(url: URL): string | undefined {
  try {
    return new URL(placesOf(url.href).zones).pathname
  } catch (error) {
    if (error instanceof PlacesError) return undefined
    throw error
  }
}

/** The list, or the reason why it cannot be read. */
function readZones(text: string): EdgeZones | string {
  try {
    return readEdgeZones(text)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
