import { type Browser, openBrowser, writePolicy } from './browser.ts'
import { chromium, chromiumBrowser } from './chromium.ts'
import type { Client, Session } from './client.ts'
import { digServer, type Target } from './dig.ts'
import { firefox, firefoxBrowser } from './firefox.ts'
import { openForwarding, stub } from './forwarding.ts'

/** The zone that browsers never send to DoH. */
const zone = 'cluster.local'

/** Chromium without a policy for DNS, on a machine whose only nameserver is `kubedoh connect`. */
export const chromiumBehindConnect: Client = behindConnect(chromium, chromiumBrowser, () =>
  writePolicy('/etc/chromium', 'policies/managed/kubedoh.json', { HttpsUpgradesEnabled: false }),
)

/** Firefox, likewise. */
export const firefoxBehindConnect: Client = behindConnect(firefox, firefoxBrowser, () =>
  writePolicy('/usr/share/firefox-esr/distribution', 'policies.json', {
    policies: { DisableAppUpdate: true, DisableTelemetry: true, CaptivePortal: false },
  }),
)

function behindConnect(client: Client, browser: Browser, writeOther: () => Promise<void>): Client {
  return {
    name: `${client.name} behind kubedoh connect`,
    zone,
    programs: [...client.programs, 'dig'],
    version: client.version,
    async open(edge: Target): Promise<Session> {
      await writeOther()
      const forwarding = await openForwarding(edge, digAddresses)
      try {
        const session = await openBrowser({ ...browser, zone })
        return {
          see: (one) => session.see(one).catch((error: unknown) => Promise.reject(forwarding.explain(error))),
          looks: forwarding.looks,
          async close() {
            await session.close()
            await forwarding.close()
          },
        }
      } catch (error) {
        await forwarding.close()
        throw forwarding.explain(error)
      }
    },
  }
}

async function digAddresses(name: string): Promise<string[]> {
  return (await digServer(stub, name, 'A')).answer.map((line) => line.split(' ').at(-1) ?? '')
}
