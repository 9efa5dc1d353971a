import { readFile } from 'node:fs/promises'
import type { Browser, Loaded } from './browser.ts'
import { openBrowser, writePolicy } from './browser.ts'
import type { Client } from './client.ts'
import { versionOf } from './program.ts'
import type { Remote } from './remote.ts'
import { profileOf } from './settings.ts'

const zone = 'k8s.test'

/** Chromium as it is. `zone` is that of the DoH tests. */
export const chromiumBrowser: Browser = {
  program: 'chromium',
  zone,
  unknownHost: 'net::ERR_NAME_NOT_RESOLVED',
  ready: /DevTools listening on (ws:\S+)/,
  endpoint: '',
  args: (profile) => [
    ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-component-update'],
    ...['--disable-sync', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
  ],
  control,
}

/** Chromium in secure mode, set up by the policies of `kubedoh profile chromium` alone. */
export const chromium: Client = {
  name: 'Chromium',
  zone,
  programs: ['chromium'],
  version: () => versionOf('chromium', '--version'),
  async open(edge) {
    const profile = JSON.parse(edge.profile ?? (await profileOf('chromium', edge))) as object
    const ca = (await readFile(edge.caFile, 'utf8')).replaceAll(/-----[A-Z ]+-----|\s/g, '')
    await writePolicy('/etc/chromium', 'policies/managed/kubedoh.json', {
      ...profile,
      CACertificates: [ca],
      HttpsUpgradesEnabled: false,
    })
    return openBrowser(chromiumBrowser)
  },
}

/**
 * Chromium gives up a page when an address of the machine changes meanwhile. In a new network namespace some do: IPv6 addresses
 * become usable about a second after they were added (RFC 4862 §5.4).
 */
const networkChanged = 'net::ERR_NETWORK_CHANGED'
const maxAttempts = 5

async function control(remote: Remote): ReturnType<Browser['control']> {
  const { targetId } = await remote.call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await remote.call('Target.attachToTarget', { targetId, flatten: true })
  const inPage = (method: string, params: object = {}) => remote.call(method, params, String(sessionId))
  await inPage('Page.enable')
  const load = async (url: string): Promise<Loaded> => {
    const loaded = remote.next('Page.loadEventFired')
    const { errorText } = await inPage('Page.navigate', { url })
    await loaded
    if (typeof errorText === 'string') return { error: errorText }
    const expression = 'document.body.innerText'
    const { result } = await inPage('Runtime.evaluate', { expression })
    return { text: (result as { value: string }).value }
  }
  return async (url) => {
    let loaded = await load(url)
    for (let attempt = 1; attempt < maxAttempts && 'error' in loaded; attempt++) {
      if (loaded.error !== networkChanged) break
      loaded = await load(url)
    }
    return loaded
  }
}
