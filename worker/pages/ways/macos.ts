import { html } from '../html.ts'
import { firstZone, type PageFacts } from '../page-facts.ts'
import { quoted, tokenNotes, uninstall, type Way } from './way.ts'

/** macOS: the stub, with a file for each zone in /etc/resolver. */
export function macosWay(facts: PageFacts): Way {
  return {
    title: 'A small resolver on your Mac',
    isRecommended: true,
    lead: html`It answers the cluster’s names. macOS sends it these zones alone, by files in <code>/etc/resolver</code>.`,
    steps: [
      {
        text: html`Install it. The command shows every change, and asks before it makes one.`,
        code: `sudo kubedoh connect ${quoted(facts.dohUrl)} --install --service`,
      },
      { text: html`Check that macOS finds the way.`, code: 'kubedoh connect status' },
      {
        text: html`Use a name of your cluster. <code>dig</code> and <code>nslookup</code> do not read <code>/etc/resolver</code>; this command does.`,
        code: `dscacheutil -q host -a name kubernetes.default.svc.${firstZone(facts)}`,
      },
    ],
    undo: { text: html`Takes back every change.`, code: uninstall.withSudo },
    vpn: html`The files stay in force while a VPN is connected. An Apple profile with DNS over HTTPS does not: it switches <code>/etc/resolver</code> off while it is active, and may stay silent after a VPN was connected until the Mac restarts. So install the resolver or the profile, not both.`,
    notes: [
      ...tokenNotes(facts),
      html`For names under <code>.local</code>, macOS 26 asks for the permission “Local Network”. Names under <code>.internal</code> or a domain of your own need none.`,
    ],
  }
}
