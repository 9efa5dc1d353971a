import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

// Lives in a session of its own, so that Ctrl-C spares it, and ends when its input does: at the latest
// when this process is gone, however that came about. The pause lets the killed ones close their files.
const script = `
pids=' '
while read -r change pid; do
  case $change in
    begun) pids="$pids$pid " ;;
    ended) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" && late=yes; done 2>/dev/null
[ -z "$late" ] || sleep 1
[ -z "$1" ] || rm -rf -- "$1"
`

export type KillOnExit = {
  /** The killer's own process. */
  readonly pid: number | undefined
  /** From now on `pid` must not outlive this process. */
  begun(pid: number): void
  /** `pid` has ended; its number may belong to somebody else soon. */
  ended(pid: number): void
  /** Kills what is left, removes the directory, ends the killer. Resolves when all that is done. */
  finish(): Promise<void>
}

/**
 * Starts a small shell that outlives this Node process just long enough to kill (SIGKILL) the processes
 * it was told about and to remove `dir`: even a SIGKILL of Node leaves nothing behind.
 * Without `dir` no directory is removed. Does not keep Node from exiting.
 */
export function startKillOnExit(dir?: string): KillOnExit {
  const shell = spawn('/bin/sh', ['-c', script, 'killer', dir ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // A killer that is gone cannot be told anything; the writes to it may fail.
  shell.stdin.on('error', () => {})
  shell.unref()
  unrefInput(shell)
  const tell = (change: string, pid: number) => void shell.stdin.write(`${change} ${pid}\n`)
  return {
    pid: shell.pid,
    begun: (pid) => tell('begun', pid),
    ended: (pid) => tell('ended', pid),
    async finish() {
      if (shell.exitCode !== null || shell.signalCode !== null) return
      const gone = once(shell, 'exit')
      shell.ref()
      shell.stdin.end()
      await gone
    },
  }
}

/** A child's pipe is a socket, though its type only promises a stream. */
function unrefInput(child: ChildProcess): void {
  const input = child.stdin
  if (input && 'unref' in input && typeof input.unref === 'function') input.unref()
}
