import { html } from '../html.ts'
import type { PageFacts } from '../page-facts.ts'
import type { Way } from './way.ts'

/** Android: Private DNS, which is DNS over TLS for all names. */
export function androidWay(facts: PageFacts): Way {
  const { edge, hasToken, dohUrl } = facts
  const undo = {
    text: html`<b>Settings</b> › <b>Network &amp; internet</b> › <b>Private DNS</b> › <b>Automatic</b>.`,
  }
  const vpn = html`While a VPN is connected, Android uses the VPN’s name servers. Let its split DNS send the zones to the edge.`
  const all = html`Private DNS sends <b>every</b> name to this edge.`
  const token = dohUrl.slice(dohUrl.lastIndexOf('/') + 1)
  if (!edge.dot || edge.dot.port !== 853 || !edge.forward || token.includes(',')) {
    const why = !edge.dot
      ? html`Android’s Private DNS needs DNS over TLS, which this edge does not offer.`
      : edge.dot.port !== 853
        ? html`Android’s Private DNS uses port 853 only; this edge answers on port ${edge.dot.port}.`
        : edge.forward
          ? html`A server name has room for one token, and this link has several.`
          : html`${all} It answers the cluster’s names alone, so the phone would find nothing else.`
    return {
      title: 'No way for the whole phone',
      isRecommended: false,
      lead: html`${why}`,
      steps: [
        { text: html`Use a VPN whose split DNS sends the zones to this edge.` },
        { text: html`Or look names up on this page, and use the addresses.` },
      ],
      undo,
      vpn,
      notes: [],
    }
  }
  return {
    title: 'Private DNS',
    isRecommended: true,
    lead: html`${all} It answers the cluster’s names itself and forwards all others.`,
    steps: [
      { text: html`Open <b>Settings</b> › <b>Network &amp; internet</b> › <b>Private DNS</b>.` },
      {
        text: html`Choose <b>Private DNS provider hostname</b> and enter this name.`,
        code: hasToken ? `${token}.${edge.dot.host}` : edge.dot.host,
      },
    ],
    undo,
    vpn,
    notes: hasToken
      ? [
          html`Your token must be made for DNS over TLS (<code>kubedoh token create --dot</code>). The network between phone and edge can read it in the server’s name.`,
        ]
      : [],
  }
}
