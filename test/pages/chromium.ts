import type { Remote } from '../clients/remote.ts'
import { type Driver, keys, launch, middleOf } from './driver.ts'

/** Chromium by its DevTools protocol. */
export function openChromium(): Promise<Driver> {
  return launch(
    {
      program: 'chromium',
      ready: /DevTools listening on (ws:\S+)/,
      endpoint: '',
      files: {},
      args: (profile) => [
        ...[
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-component-update',
        ],
        ...[
          '--ignore-certificate-errors',
          '--hide-scrollbars',
          '--disable-sync',
          '--remote-debugging-port=0',
        ],
        ...[`--user-data-dir=${profile}`, 'about:blank'],
      ],
    },
    drive,
  )
}

async function drive(remote: Remote): Promise<Omit<Driver, 'close'>> {
  const { targetId } = await remote.call('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await remote.call('Target.attachToTarget', { targetId, flatten: true })
  const inPage = (method: string, params: object = {}) => remote.call(method, params, String(sessionId))
  await inPage('Page.enable')
  const evaluate = async <T>(expression: string): Promise<T> => {
    const given = { expression, awaitPromise: true, returnByValue: true }
    const { result, exceptionDetails } = await inPage('Runtime.evaluate', given)
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }
  return {
    evaluate,
    async load(url, { width, height, theme }) {
      const metrics = { width, height, deviceScaleFactor: 1, mobile: false }
      await inPage('Emulation.setDeviceMetricsOverride', metrics)
      const features = [{ name: 'prefers-color-scheme', value: theme }]
      await inPage('Emulation.setEmulatedMedia', { features })
      const loaded = remote.next('Page.loadEventFired')
      const { errorText } = await inPage('Page.navigate', { url })
      if (typeof errorText === 'string') throw new Error(errorText)
      await loaded
    },
    async type(text) {
      for (const character of text) {
        await inPage('Input.dispatchKeyEvent', { type: 'keyDown', text: character })
        await inPage('Input.dispatchKeyEvent', { type: 'keyUp' })
      }
    },
    async press(key) {
      const event = { key, code: key, windowsVirtualKeyCode: keys[key].code }
      const text = key === 'Enter' ? { text: '\r' } : {}
      await inPage('Input.dispatchKeyEvent', { type: 'keyDown', ...event, ...text })
      await inPage('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
    },
    async click(selector) {
      const place = await evaluate<{ x: number; y: number }>(middleOf(selector))
      const event = { ...place, button: 'left', clickCount: 1 }
      for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased'])
        await inPage('Input.dispatchMouseEvent', { type, ...event })
    },
    async screenshot() {
      const { data } = await inPage('Page.captureScreenshot', { captureBeyondViewport: true })
      return Buffer.from(String(data), 'base64')
    },
  }
}
