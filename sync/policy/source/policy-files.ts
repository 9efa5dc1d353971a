import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock } from '../../clock.ts'
import { errorText } from '../../error-text.ts'
import { decodeText } from '../../files/decode-text.ts'
import { createWakeUp } from '../../wake-up.ts'
import type { PolicyIntake, PolicySource } from './policy-source.ts'
import type { PolicyText } from './read-policy.ts'

/** Files are compared this often (ms): network file systems and targets of symbolic links report no changes. */
const pollMs = 1_000

/** A file that did not change for this long (ms) is complete: editors and shells write in several steps. */
const settleMs = 50

/** A file that changes all the time is read after this many attempts. */
const maxAttempts = 20

/** Reads the texts of policy files. A file that cannot be read has a problem instead of a text. Never throws. */
export function readPolicyFiles(files: readonly string[]): Promise<PolicyText[]> {
  return Promise.all(files.map(readOne))
}

async function readOne(file: string): Promise<PolicyText> {
  try {
    const decoded = decodeText(await readFile(file))
    return { name: file, ...decoded }
  } catch (error) {
    return { name: file, problem: `cannot read it: ${errorText(error)}` }
  }
}

/**
 * Reads policy files and again whenever one of them changes, until the signal aborts: written in place, replaced by
 * another file, or, as in the volume of a ConfigMap, reached by a symbolic link that is replaced.
 */
export function watchPolicyFiles(
  files: readonly string[],
  intake: PolicyIntake,
  ports: { readonly clock: Clock; readonly signal: AbortSignal },
): PolicySource {
  return { ...intake, done: run(files, intake, ports) }
}

async function run(
  files: readonly string[],
  intake: PolicyIntake,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const wakeUp = createWakeUp()
  const watchers = files.map((file) => watchDirectory(file, wakeUp.wake))
  let seen: string | undefined
  try {
    while (!signal.aborted) {
      wakeUp.isDue()
      if ((await stateOf(files)) !== seen) {
        const settled = await readSettled(files, { clock, signal })
        seen = settled.state
        await intake.take(settled.texts)
      }
      await wakeUp.wait(pollMs, clock, signal)
    }
  } finally {
    for (const watcher of watchers) watcher?.close()
  }
}

/** Reads files between two equal states, so that none is half written. */
async function readSettled(
  files: readonly string[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly state: string; readonly texts: readonly PolicyText[] }> {
  let state = await stateOf(files)
  for (let attempt = 1; ; attempt++) {
    const texts = await readPolicyFiles(files)
    await clock.sleep(settleMs, signal)
    const after = await stateOf(files)
    if (after === state || attempt === maxAttempts || signal.aborted) return { state, texts }
    state = after
  }
}

/** A text that changes whenever a file is written or replaced. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map(async (file) => {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
    } catch (error) {
      return errorText(error)
    }
  })
  return (await Promise.all(states)).join('\n')
}

/** Calls `changed` when a file may have changed. Undefined where the directory cannot be watched: it is polled. */
function watchDirectory(file: string, changed: () => void): FSWatcher | undefined {
  try {
    const own = basename(file)
    // A ConfigMap's volume replaces the link ..data, through which its files are reached.
    const watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === own || name.startsWith('..')) changed()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
