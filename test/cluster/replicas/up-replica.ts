import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../../wait-for.ts'
import type { ControlPlane } from '../control-plane.ts'
import { startAsPod } from '../pod.ts'
import type { Backend } from './balancer.ts'

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** One replica of `up` in a pod that is simulated by a mount namespace. Nothing can be written there. */
export type Replica = Backend & {
  said(): string
  /** Resolves when /readyz is 200. */
  ready(): Promise<void>
  /** Sends SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Sends SIGTERM; resolves to the exit code and the time that the end took (ms). */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>
}

/** Starts `up --data none` with the token of a service account, on two ports of 127.0.0.1. */
export function startReplica(
  cluster: Pick<ControlPlane, 'apiUrl' | 'caFile'>,
  token: string,
  { dnsPort, healthPort }: Backend,
  options: readonly string[],
): Replica {
  const pod = startAsPod(cluster, token, [
    ...[process.execPath, main, 'up', '--data', 'none', '--plain', '--listen', '127.0.0.1:0'],
    ...['--dns-listen', `127.0.0.1:${dnsPort}`, '--health-listen', `127.0.0.1:${healthPort}`],
    ...options,
  ])
  return {
    dnsPort,
    healthPort,
    said: pod.said,
    async ready() {
      await waitFor('the replica is ready', async () => {
        if (pod.process.exitCode !== null) throw new Error(pod.said())
        const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`)
        const text = await response.text()
        if (response.status !== 200) throw new Error(`${text}${pod.said()}`)
        return true
      })
    },
    async kill() {
      if (pod.process.signalCode !== null || pod.process.exitCode !== null) return
      pod.process.kill('SIGKILL')
      await once(pod.process, 'exit')
    },
    async stop() {
      const beganMs = performance.now()
      const code = await pod.stop()
      return { code, tookMs: performance.now() - beganMs }
    },
  }
}
