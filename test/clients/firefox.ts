import type { Browser } from './browser.ts'
import { openBrowser, writePolicy } from './browser.ts'
import type { Client } from './client.ts'
import { versionOf } from './program.ts'
import type { Remote } from './remote.ts'
import { profileOf } from './settings.ts'

const zone = 'k8s.test'

/** Firefox ESR as it is. `zone` is that of the DoH tests. */
export const firefoxBrowser: Browser = {
  program: 'firefox-esr',
  zone,
  unknownHost: 'NS_ERROR_UNKNOWN_HOST',
  ready: /WebDriver BiDi listening on (ws:\S+)/,
  endpoint: '/session',
  args: (profile) => [
    ...['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0', 'about:blank'],
  ],
  control,
}

/** Firefox with TRR mode 3, set up by the policies of `kubedoh profile firefox` alone. */
export const firefox: Client = {
  name: 'Firefox ESR',
  zone,
  programs: ['firefox-esr'],
  version: () => versionOf('firefox-esr', '--version'),
  async open(edge) {
    const profile = JSON.parse(edge.profile ?? (await profileOf('firefox', edge))) as { policies: object }
    await writePolicy('/usr/share/firefox-esr/distribution', 'policies.json', {
      policies: {
        ...profile.policies,
        Certificates: { Install: [edge.caFile] },
        DisableAppUpdate: true,
        DisableTelemetry: true,
        CaptivePortal: false,
      },
    })
    return openBrowser(firefoxBrowser)
  },
}

async function control(remote: Remote): ReturnType<Browser['control']> {
  await remote.call('session.new', { capabilities: {} })
  const { contexts } = await remote.call('browsingContext.getTree')
  const [{ context } = { context: '' }] = contexts as { context: string }[]
  return async (url) => {
    try {
      await remote.call('browsingContext.navigate', { context, url, wait: 'complete' })
    } catch (error) {
      const [, name = String(error)] = /(NS_ERROR_\w+)/.exec(String(error)) ?? []
      return { error: name }
    }
    const expression = 'document.body.innerText'
    const evaluation = { expression, target: { context }, awaitPromise: false }
    const { result } = await remote.call('script.evaluate', evaluation)
    return { text: (result as { value: string }).value }
  }
}
