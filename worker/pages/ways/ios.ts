import { html } from '../html.ts'
import { openZone, type PageFacts } from '../page-facts.ts'
import type { Way } from './way.ts'

const vpn = html`While a VPN is connected, its own name servers usually answer instead of the profile. After that, the profile may stay silent until the device restarts. If you use a VPN every day, let the VPN’s split DNS send the zones to the edge instead.`

const undo = {
  text: html`<b>Settings</b> › <b>General</b> › <b>VPN &amp; Device Management</b> › the profile › <b>Remove</b>.`,
}

/** iOS and iPadOS: a configuration profile with DNS over HTTPS for the zones. */
export function iosWay(facts: PageFacts): Way {
  const zone = openZone(facts)
  const profile = facts.downloads.find(({ id }) => id === 'mobileconfig')
  if (zone === undefined || !profile) return noWay(zone)
  return {
    title: 'A configuration profile',
    isRecommended: true,
    lead: html`It sends the cluster’s names to this edge over HTTPS. All other names go where they go today.`,
    steps: [
      {
        text: html`Open this page in Safari, since other browsers cannot install it, and <a href="${profile.href}">download the profile</a>.`,
      },
      { text: html`Open <b>Settings</b>, tap <b>Profile Downloaded</b>, then <b>Install</b>.` },
      {
        text: html`Open a name of your cluster in Safari, such as <code>http://NAME.default.svc.${zone}/</code>.`,
      },
    ],
    undo,
    vpn,
    notes: [
      html`Use names in <code>${zone}</code>. Apple’s systems never send names under <code>.local</code> to a server.`,
    ],
  }
}

function noWay(zone: string | undefined): Way {
  const why =
    zone === undefined
      ? html`Apple’s systems never send names under <code>.local</code> to a server, and this edge has no other zone. Ask its operator for one such as <code>prod.internal</code>.`
      : html`Apple’s systems need an address with https, which this edge does not have.`
  return {
    title: 'No way for the whole device yet',
    isRecommended: false,
    lead: why,
    steps: [
      { text: html`Use a VPN whose split DNS sends the zones to this edge.` },
      { text: html`Or look names up on this page, and use the addresses.` },
    ],
    undo,
    vpn,
    notes: [],
  }
}
