import { html } from '../html.ts'
import { firstZone, type PageFacts } from '../page-facts.ts'
import { uninstall, type Way } from './way.ts'

/** CI runners and containers: the stub, with the URL from a secret. */
export function ciWay(facts: PageFacts): Way {
  return {
    title: 'The small resolver, for one job',
    isRecommended: true,
    lead: html`The same small resolver, for the time of a job. Keep the address in a secret of your CI: it contains ${
      facts.hasToken ? 'your token' : 'the edge’s name'
    }.`,
    steps: [
      {
        text: html`Save this address as the secret <code>KUBEDOH_URL</code>.`,
        code: facts.dohUrl,
      },
      {
        text: html`Run this at the start of the job. No log shows the address.`,
        code: 'umask 077 && printf %s "$KUBEDOH_URL" > kubedoh-url\nsudo kubedoh connect --url-file kubedoh-url --install --service --yes',
      },
      {
        text: html`Use the names in all further steps.`,
        code: `getent hosts kubernetes.default.svc.${firstZone(facts)}`,
      },
    ],
    undo: {
      text: html`Runners of your own need it at the end of the job; hosted ones are thrown away.`,
      code: uninstall.withSudo,
    },
    vpn: html`Names are not routes: the runner needs a way to the addresses, such as a VPN or a runner inside the network.`,
    notes: [html`Give every pipeline a token of its own with an end, or let it mint short-lived ones.`],
  }
}
