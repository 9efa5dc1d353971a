import { chromium } from './chromium.ts'
import { dnsmasq } from './dnsmasq.ts'
import { dnsproxy } from './dnsproxy.ts'
import { firefox } from './firefox.ts'
import { githubActions } from './github-actions.ts'
import { mobileconfig } from './mobileconfig.ts'
import { networkmanager } from './networkmanager.ts'
import { powershell } from './powershell.ts'
import type { Profile } from './profile.ts'
import { qr } from './qr.ts'
import { resolved } from './resolved.ts'
import { stamp } from './stamp.ts'
import { tailscale } from './tailscale.ts'

/** The formats that the edge and the command write, in the order in which lists show them. */
export const profiles: readonly Profile[] = [
  mobileconfig,
  powershell,
  resolved,
  networkmanager,
  dnsmasq,
  dnsproxy,
  firefox,
  chromium,
  stamp,
  tailscale,
  githubActions,
  qr,
]
