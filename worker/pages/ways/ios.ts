import { html } from '../html.ts'
import { openZone, type PageFacts } from '../page-facts.ts'
import type { Way } from './way.ts'

/** iOS and iPadOS: a configuration profile with DNS over HTTPS for the zones. */
export function iosWay(facts: PageFacts): Way {
  const zone = openZone(facts)
  return {
    title: 'A configuration profile',
    isRecommended: true,
    lead: html`A configuration profile sends the cluster’s names to this edge over HTTPS. All other names go where they go today.`,
    steps: [
      {
        text: html`Open this page in Safari and download the profile below. Other browsers cannot install it.`,
      },
      {
        text: html`Open <b>Settings</b>, tap <b>Profile Downloaded</b>, then <b>Install</b>.`,
      },
      {
        text:
          zone === undefined
            ? html`Open a name of your cluster in Safari.`
            : html`Open a name of your cluster in Safari, such as <code>http://NAME.default.svc.${zone}/</code>.`,
      },
    ],
    undo: {
      text: html`<b>Settings</b> › <b>General</b> › <b>VPN &amp; Device Management</b> › the profile › <b>Remove</b>.`,
    },
    vpn: html`While a VPN is connected, its own name servers usually answer instead of the profile. After that, the profile may stay silent until the device restarts. If you use a VPN every day, let the VPN’s split DNS send the zones to the edge instead.`,
    notes: [
      zone === undefined
        ? html`<strong>This edge has no zone that Apple’s systems send to it:</strong> names under <code>.local</code> never leave the device. Ask its operator for a zone such as <code>prod.internal</code>.`
        : html`Use names in <code>${zone}</code>. Apple’s systems never send names under <code>.local</code> to a server.`,
    ],
  }
}
