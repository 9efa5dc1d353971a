import { copyBox } from './copy-box.ts'
import { durationText } from './duration-text.ts'
import { type Html, html } from './html.ts'
import type { ClusterFacts, PageFacts } from './page-facts.ts'

/** At most this many clusters are listed, and zones and ranges of each. */
const maxListed = 12

/** The edge as its caller sees it: the address, the clusters with their zones and the age of their data, and the rules. */
export function edgeSection({ dohUrl, edge, clusters, hasToken }: PageFacts): Html {
  const rows = clusters.slice(0, maxListed).map((cluster) => {
    const zones = edge.zones.filter((zone) => zone.cluster === cluster.id).map(({ name }) => name)
    return html`<tr><th scope="row">${cluster.id}</th><td>${listed(zones)}</td><td>${stateText(cluster)}</td></tr>`
  })
  return html`<section class="card" id="edge" aria-labelledby="edge-title">
<h2 id="edge-title">${hasToken ? 'What this link opens' : 'What this edge answers'}</h2>
<p class="lead">The address, for every program that speaks DNS over HTTPS:</p>
${copyBox(dohUrl, 'Address')}
<div class="table"><table><thead><tr><th scope="col">Cluster</th><th scope="col">Zones</th><th scope="col">Data</th></tr></thead><tbody>${rows}</tbody></table></div>
<ul class="notes">
${edge.reverse.length > 0 ? html`<li>Addresses whose names it knows: ${listed(edge.reverse)}.</li>` : undefined}
<li>${edge.forward ? 'Names outside of these zones are forwarded.' : 'Names outside of these zones are refused: only send it these.'}</li>
<li><strong>A name is not a route.</strong> Packets reach the cluster’s addresses by a VPN, a subnet router or a tunnel.</li>
${edge.expires === null ? undefined : html`<li>Your token ends on ${edge.expires.slice(0, 10)}.</li>`}
${hasToken ? html`<li><strong>This page’s address contains your token.</strong> Treat it like a password: your browser keeps it in its history, and a screenshot shows it.</li>` : undefined}
</ul>
</section>`
}

function listed(texts: readonly string[]): Html {
  const shown = texts.slice(0, maxListed).map((text, at) => html`${at > 0 ? ', ' : ''}<code>${text}</code>`)
  return html`${shown}${texts.length > maxListed ? ` and ${texts.length - maxListed} more` : ''}`
}

function stateText({ state, ageSeconds }: ClusterFacts): string {
  const age = ageSeconds === undefined ? '' : durationText(ageSeconds)
  switch (state) {
    case 'none':
      return 'none yet'
    case 'static':
      return 'from a file'
    case 'fresh':
      return `current, ${age} old`
    case 'stale':
      return `stale, ${age} old`
    case 'expired':
      return `expired, ${age} old`
  }
}
