import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { background } from '../clients/background.ts'
import { connectRemote, type Remote } from '../clients/remote.ts'

/** The look of a page: its viewport in CSS pixels, and the theme that the device asks for. */
export type Look = { readonly width: number; readonly height: number; readonly theme: 'light' | 'dark' }

/** A real browser with one page, driven as a person does: by keys and clicks. */
export type Driver = {
  /** Loads a URL, with a certificate that no authority signed. Resolves after the load event. */
  load(url: string, look: Look): Promise<void>
  /** The value of an expression in the page, which may be a promise of something that JSON can carry. */
  evaluate<T>(expression: string): Promise<T>
  /** Types a text into the focused element, or presses one key by its name ('Tab', 'ArrowDown', 'Enter', 'Escape'). */
  type(text: string): Promise<void>
  press(key: Key): Promise<void>
  /** Clicks the middle of an element, which is scrolled into view first. */
  click(selector: string): Promise<void>
  /** A PNG of the whole page. */
  screenshot(): Promise<Buffer>
  close(): Promise<void>
}

/** The keys with a name: their codes for Chromium, their characters for WebDriver. */
export const keys = {
  Tab: { code: 9, character: '\uE004' },
  Enter: { code: 13, character: '\uE007' },
  Escape: { code: 27, character: '\uE00C' },
  ArrowUp: { code: 38, character: '\uE013' },
  ArrowDown: { code: 40, character: '\uE015' },
  ArrowRight: { code: 39, character: '\uE014' },
} as const

export type Key = keyof typeof keys

/** How to start a browser that can be driven. */
export type Launch = {
  readonly program: string
  args(profile: string): readonly string[]
  /** Preferences of a new profile, by file name. */
  readonly files: Readonly<Record<string, string>>
  /** The line that has the WebSocket's URL, and the text to append to it. */
  readonly ready: RegExp
  readonly endpoint: string
}

/** A browser on a busy machine is slow. */
const startMs = 60_000

/** Starts a browser with a new profile, and takes control of it. */
export async function launch(
  { program, args, files, ready, endpoint }: Launch,
  drive: (remote: Remote) => Promise<Omit<Driver, 'close'>>,
): Promise<Driver> {
  const home = await mkdtemp(join(tmpdir(), 'kubedoh-page-'))
  const profile = join(home, 'profile')
  await mkdir(profile)
  for (const [name, text] of Object.entries(files)) await writeFile(join(profile, name), text)
  const running = background(program, args(profile), { HOME: home })
  let remote: Remote | undefined
  const close = async (): Promise<void> => {
    remote?.close()
    await running.stop()
    await rm(home, { recursive: true, maxRetries: 5 })
  }
  try {
    const [, url = ''] = await running.line(ready, startMs)
    remote = await connectRemote(url + endpoint)
    return { ...(await drive(remote)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** An expression: the middle of an element, scrolled into view. */
export function middleOf(selector: string): string {
  return `(() => {
    const element = document.querySelector(${JSON.stringify(selector)})
    element.scrollIntoView({ block: 'center', behavior: 'instant' })
    const { x, y, width, height } = element.getBoundingClientRect()
    return { x: Math.round(x + width / 2), y: Math.round(y + height / 2) }
  })()`
}
