import { html } from '../html.ts'
import { firstZone, type PageFacts } from '../page-facts.ts'
import { quoted, tokenNotes, uninstall, type Way } from './way.ts'

/** Windows: the stub, with rules in the name resolution policy table (NRPT). */
export function windowsWay(facts: PageFacts): Way {
  return {
    title: 'A small resolver on your machine',
    isRecommended: true,
    lead: html`It answers the cluster’s names. Windows sends it these zones alone, by rules of the name resolution policy (NRPT).`,
    steps: [
      {
        text: html`Install it, in PowerShell as administrator. The command shows every change, and asks before it makes one.`,
        code: `kubedoh connect ${quoted(facts.dohUrl)} --install --service`,
      },
      { text: html`Check that Windows finds the way.`, code: 'kubedoh connect status' },
      {
        text: html`Use a name of your cluster. <code>nslookup</code> ignores the rules; this command does not.`,
        code: `Resolve-DnsName kubernetes.default.svc.${firstZone(facts)}`,
      },
    ],
    undo: { text: html`Takes back every change, as administrator.`, code: uninstall.plain },
    vpn: html`VPN clients that bring their own name resolution rules may take over all names while they are connected. Rules for a zone win over a rule for everything.`,
    notes: [
      ...tokenNotes(facts),
      html`Where a group policy already has rules, Windows ignores local ones. The command then writes both kinds.`,
    ],
  }
}
