import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Background, background } from './background.ts'
import { assertPage, type Case, hostOf, isMissing } from './case.ts'
import type { Session } from './client.ts'
import { output, withOutput } from './program.ts'
import { connectRemote, type Remote } from './remote.ts'

/** The result of loading a page: its text, or the browser's name for the error. */
export type Loaded = { readonly text: string } | { readonly error: string }

/** How to start a browser and load a page with it. */
export type Browser = {
  readonly program: string
  /** The arguments, for an empty profile directory. */
  args(profile: string): readonly string[]
  /** The line that it prints once it accepts a remote control; group 1 is the WebSocket's URL. */
  readonly ready: RegExp
  /** The text to append to that URL. */
  readonly endpoint: string
  /** Takes control, and returns a function that loads a URL. */
  control(remote: Remote): Promise<(url: string) => Promise<Loaded>>
  /** The zone of the names to load. */
  readonly zone: string
  /** Its name for a host that does not exist. */
  readonly unknownHost: string
}

/** A browser on a busy machine is slow. */
const startMs = 60_000

/**
 * Writes a managed policy into the browser's policy directory. An empty directory is mounted there first, in this
 * process's mount namespace, so that the machine's own policies have no effect and do not change.
 */
export async function writePolicy(hidden: string, file: string, policy: object): Promise<void> {
  await output('mount', ['-t', 'tmpfs', 'none', hidden])
  await mkdir(dirname(join(hidden, file)), { recursive: true })
  await writeFile(join(hidden, file), JSON.stringify(policy))
}

/** Starts a browser with a new profile and home directory. */
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
