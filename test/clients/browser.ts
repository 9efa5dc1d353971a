import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Background, background } from './background.ts'
import { assertPage, type Case, hostOf, isMissing } from './case.ts'
import type { Session } from './client.ts'
import { output, withOutput } from './program.ts'
import { connectRemote, type Remote } from './remote.ts'

/** What a page load came to: the page's text, or the browser's own name for the error. */
export type Loaded = { readonly text: string } | { readonly error: string }

/** How a browser is started and told to load a page. */
export type Browser = {
  readonly program: string
  /** Arguments, given an empty profile directory. */
  args(profile: string): readonly string[]
  /** What it prints when it can be controlled; group 1 is the WebSocket's URL. */
  readonly ready: RegExp
  /** What belongs behind that URL. */
  readonly endpoint: string
  /** Takes control, and gives what loads a URL. */
  control(remote: Remote): Promise<(url: string) => Promise<Loaded>>
  /** The zone of the names to load. */
  readonly zone: string
  /** Its name for a host that does not exist. */
  readonly unknownHost: string
}

/** On a machine that does much else a browser takes a while. */
const startMs = 60_000

/**
 * Writes a managed policy where the browser looks for it. The directory is hidden behind an empty one of this
 * process's mount namespace first, so that the machine's own policies neither count nor change.
 */
export async function writePolicy(hidden: string, file: string, policy: object): Promise<void> {
  await output('mount', ['-t', 'tmpfs', 'none', hidden])
  await mkdir(dirname(join(hidden, file)), { recursive: true })
  await writeFile(join(hidden, file), JSON.stringify(policy))
}

/** Starts a browser with a profile and a home directory of its own. */
export async function openBrowser(browser: Browser): Promise<Session> {
  const home = await mkdtemp(join(tmpdir(), 'kubedoh-browser-'))
  const profile = join(home, 'profile')
  await mkdir(profile)
  const running = background(browser.program, browser.args(profile), { HOME: home })
  let remote: Remote | undefined
  const close = async (): Promise<void> => {
    remote?.close()
    await running.stop()
    await rm(home, { recursive: true, maxRetries: 5 })
  }
  try {
    const [, url = ''] = await running.line(browser.ready, startMs)
    remote = await connectRemote(url + browser.endpoint)
    const load = await browser.control(remote)
    return { see: (one) => see(one, browser, load, running), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function see(
  one: Case,
  { zone, unknownHost }: Browser,
  load: (url: string) => Promise<Loaded>,
  running: Background,
): Promise<string> {
  try {
    const loaded = await load(`http://${hostOf(one, zone)}/`)
    if ('text' in loaded) return assertPage(one, loaded.text)
    assert.equal(loaded.error, isMissing(one) ? unknownHost : '')
    return loaded.error
  } catch (error) {
    throw withOutput(error, running.tail())
  }
}
