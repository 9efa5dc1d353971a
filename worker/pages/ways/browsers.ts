import { html } from '../html.ts'
import { openZone, type PageFacts } from '../page-facts.ts'
import type { Way } from './way.ts'

/** Browsers: none of their settings, but the stub below them. */
export function browsersWay(facts: PageFacts): Way {
  const zone = openZone(facts)
  return {
    title: 'The resolver of your system',
    isRecommended: true,
    lead: html`Behind the small resolver for your system, browsers need no setting at all: they load every name, also those under <code>.local</code>.`,
    steps: [
      { text: html`Install the resolver: the tab of your system has the command.` },
      {
        text: html`Switch the browser’s own secure DNS off, or leave it on “automatic”: with a provider chosen there, names do not reach your system.`,
      },
    ],
    undo: { text: html`The tab of your system has the command.` },
    vpn: html`A browser with secure DNS of its own ignores the VPN’s name servers, and this resolver too.`,
    notes: [
      html`Without the resolver, a policy can point the browser at this edge. It then sends <b>every</b> name here${
        facts.edge.forward
          ? ''
          : ', and this edge does not answer other names: use a browser profile of its own'
      }.`,
      ...(zone === undefined
        ? [html`By policy no browser sends names under <code>.local</code>, and this edge has no other zone.`]
        : [
            html`By policy, use names in <code>${zone}</code>: no browser sends names under <code>.local</code>.`,
          ]),
    ],
  }
}
