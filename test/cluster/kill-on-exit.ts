import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

// Runs in its own session, so that Ctrl-C does not end it, and continues at the end of its input, which is closed at
// the latest when this process ends, for any reason. The pause lets the killed processes close their files.
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
  /** The pid of the shell. */
  readonly pid: number | undefined
  /** `pid` has started: it must not outlive this process. */
  begun(pid: number): void
  /** `pid` has ended; its number may soon belong to another process. */
  ended(pid: number): void
  /** Kills the remaining processes, removes the directory, ends the shell. Resolves when all is done. */
  finish(): Promise<void>
}

/**
 * Starts a small shell that outlives this Node process just long enough to kill (SIGKILL) the registered processes and
 * to remove `dir`, so that even a SIGKILL of Node leaves nothing behind. Without `dir` no directory is removed. Does not
 * keep Node from exiting.
 */
export function startKillOnExit(dir?: string): KillOnExit {
  const shell = spawn('/bin/sh', ['-c', script, 'killer', dir ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Writes fail if the shell has ended.
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

/** Lets Node exit while the pipe is open. A child's pipe is a socket, though its declared type is a stream. */
function unrefInput(child: ChildProcess): void {
  const input = child.stdin
  if (input && 'unref' in input && typeof input.unref === 'function') input.unref()
}
