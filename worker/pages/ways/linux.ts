import { html } from '../html.ts'
import { firstZone, type PageFacts } from '../page-facts.ts'
import { quoted, tokenNotes, uninstall, type Way } from './way.ts'

/** Linux: the stub, installed into the resolver that the machine has. */
export function linuxWay(facts: PageFacts): Way {
  return {
    title: 'A small resolver on your machine',
    isRecommended: true,
    lead: html`It answers the cluster’s names. All other names go where they go today.`,
    steps: [
      {
        text: html`Install it. The command shows every change, asks before it makes one, and fits systemd-resolved, NetworkManager and dnsmasq.`,
        code: `sudo kubedoh connect ${quoted(facts.dohUrl)} --install --service`,
      },
      { text: html`Check that your system’s own resolver finds the way.`, code: 'kubedoh connect status' },
      {
        text: html`Use a name of your cluster, in a terminal or a browser.`,
        code: `getent hosts kubernetes.default.svc.${firstZone(facts)}`,
      },
    ],
    undo: {
      text: html`Takes back every change, also those of an interrupted installation.`,
      code: uninstall.withSudo,
    },
    vpn: html`With systemd-resolved the names keep working while a VPN is connected, even one that takes over all names. If a VPN serves the same zone, use one of the two.`,
    notes: [
      ...tokenNotes(facts),
      html`Browsers, curl, Go, Java, Python and Node need no setting of their own.`,
      html`If systemd-resolved already has a global <code>DNS=</code> server, the command stops and explains: names would leak to that server.`,
    ],
  }
}
