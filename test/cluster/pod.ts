import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { ControlPlane } from './control-plane.ts'

/** The user of the process: any other than root. */
export const podUser = 65_532

/** Script for root in a new mount namespace: mounts the files of a kubelet and makes all else read-only. */
const mounts = `
set -e
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
printf %s "$TOKEN" > /run/secrets/kubernetes.io/serviceaccount/token
cp "$CA" /run/secrets/kubernetes.io/serviceaccount/ca.crt
printf kubedoh > /run/secrets/kubernetes.io/serviceaccount/namespace
# The mounts below /run are hidden by the new one.
findmnt -rno TARGET | grep -v -e '^/proc' -e '^/dev' -e '^/sys' -e '^/run/' | tac | while read -r dir; do
  mount -o remount,bind,ro "$dir"
done
unset TOKEN
exec setpriv --reuid=${podUser} --regid=${podUser} --clear-groups --no-new-privs --bounding-set=-all "$@"
`

/** Script for that user: verifies that nothing is writable, and executes the program. */
const proof = `
for dir in / /tmp /run /var/tmp "$PWD"; do
  if touch "$dir/kubedoh-was-here" 2>/dev/null; then echo "$dir can be written to" >&2; exit 90; fi
done
[ "$(id -u)" = ${podUser} ] || exit 91
echo "uid $(id -u), nothing can be written" >&2
exec "$@"
`

/** A process as in a pod that is not root and has a read-only root file system. */
export type PodProcess = {
  readonly process: ChildProcess
  /** Its standard error so far. */
  said(): string
  /** Sends SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
}

/** Starts a program with a service account's token where a kubelet would mount it. Needs root. */
export function startAsPod(
  cluster: Pick<ControlPlane, 'apiUrl' | 'caFile'>,
  token: string,
  command: readonly string[],
): PodProcess {
  const { hostname, port } = new URL(cluster.apiUrl)
  const inside = ['sh', '-c', mounts, 'pod', 'sh', '-c', proof, 'pod', ...command]
  const child = spawn('unshare', ['--mount', ...inside], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      HOME: '/',
      TOKEN: token.trim(),
      CA: cluster.caFile,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    },
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return {
    process: child,
    said: () => said,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      return child.exitCode
    },
  }
}

/** Whether this process can create mount namespaces. */
export async function mayUnshare(): Promise<boolean> {
  try {
    await promisify(execFile)('unshare', ['--mount', 'true'])
    return true
  } catch {
    return false
  }
}
