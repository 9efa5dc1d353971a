import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Files are compared this often (ms). Network file systems and targets of symbolic links report no changes. */
const pollMs = 2_000

/**
 * Calls `action` after one of the files was written or replaced, until the signal aborts. A change counts when the files
 * stay the same for one poll of `everyMs` (ms), since a certificate and its key may be written one after the other. The
 * target of a symbolic link counts: the kubelet replaces the directory behind the links of a Secret's volume.
 */
export function onFileChange(
  files: readonly string[],
  action: () => void,
  signal: AbortSignal,
  everyMs = pollMs,
): void {
  if (files.length > 0) void follow(files, action, signal, everyMs)
}

async function follow(
  files: readonly string[],
  action: () => void,
  signal: AbortSignal,
  everyMs: number,
): Promise<void> {
  let used = await stateOf(files)
  let last = used
  for (;;) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    const now = await stateOf(files)
    if (now === last && now !== used) {
      used = now
      action()
    }
    last = now
  }
}

/** A text that differs after each change of the files. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ dev, ino, size, mtimeMs }) => [dev, ino, size, mtimeMs].join(' '),
        () => 'missing',
      ),
    ),
  )
  return states.join('\n')
}
