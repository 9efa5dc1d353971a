import type { Remote } from '../clients/remote.ts'
import { type Driver, keys, type Look, launch, middleOf } from './driver.ts'

/** Firefox by WebDriver BiDi. The theme is a preference of the profile, so that it holds for the whole session. */
export function openFirefox(theme: Look['theme']): Promise<Driver> {
  const override = theme === 'dark' ? 0 : 1
  return launch(
    {
      program: 'firefox-esr',
      ready: /WebDriver BiDi listening on (ws:\S+)/,
      endpoint: '/session',
      files: { 'user.js': `user_pref("layout.css.prefers-color-scheme.content-override", ${override});\n` },
      args: (profile) => [
        ...['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0', 'about:blank'],
      ],
    },
    drive,
  )
}

async function drive(remote: Remote): Promise<Omit<Driver, 'close'>> {
  await remote.call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
  const { contexts } = await remote.call('browsingContext.getTree')
  const [{ context } = { context: '' }] = contexts as { context: string }[]
  const evaluate = async <T>(expression: string): Promise<T> => {
    const text = `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`
    const given = { expression: text, target: { context }, awaitPromise: true, userActivation: true }
    const { result, exceptionDetails } = await remote.call('script.evaluate', given)
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
    return JSON.parse((result as { value: string }).value) as T
  }
  const perform = (source: object): Promise<unknown> =>
    remote.call('input.performActions', { context, actions: [source] })
  const keyActions = (characters: readonly string[]): object => ({
    type: 'key',
    id: 'keyboard',
    actions: characters.flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]),
  })
  return {
    evaluate,
    async load(url, { width, height }) {
      await remote.call('browsingContext.setViewport', { context, viewport: { width, height } })
      await remote.call('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async type(text) {
      await perform(keyActions(Array.from(text)))
    },
    async press(key) {
      await perform(keyActions([keys[key].character]))
    },
    async click(selector) {
      const { x, y } = await evaluate<{ x: number; y: number }>(middleOf(selector))
      const actions = [
        { type: 'pointerMove', x, y },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ]
      await perform({ type: 'pointer', id: 'mouse', actions })
    },
    async screenshot() {
      const { data } = await remote.call('browsingContext.captureScreenshot', { context, origin: 'document' })
      return Buffer.from(String(data), 'base64')
    },
  }
}
