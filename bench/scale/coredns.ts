import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { contextName } from '../../test/cluster/kubeconfig.ts'
import { freePorts } from '../../test/free-ports.ts'
import { zone } from '../shape.ts'
import { isAnswered, openUdp } from './dns-client.ts'

/** A running CoreDNS, over UDP only, so that it has one set of informers. */
export type RunningCoredns = {
  readonly pid: number
  readonly port: number
  /** Time from its start to its first answer (ms). */
  readonly readyMs: number
  stop(): Promise<void>
}

const pollMs = 10
const readyWithinMs = 60_000

/** Starts CoreDNS on a cluster and waits until it answers `name`. Throws if it ends or does not answer in time. */
export async function startFreshCoredns(
  program: string,
  kubeconfig: string,
  name: string,
  dir: string,
): Promise<RunningCoredns> {
  const [port = 0] = await freePorts(1)
  const corefile = join(dir, `Corefile-${port}`)
  await writeFile(
    corefile,
    `.:${port} {
  bind 127.0.0.1
  errors
  kubernetes ${zone} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig} ${contextName}
  }
}
`,
  )
  const beganMs = performance.now()
  const child = spawn(program, ['-conf', corefile], { stdio: ['ignore', 'ignore', 'ignore'] })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const client = await openUdp(port)
  try {
    for (;;) {
      const asked = await Promise.race([client.ask(name), sleep(pollMs)])
      if (isAnswered(asked ?? undefined)) break
      if (child.exitCode !== null) throw new Error(`CoreDNS ended with ${child.exitCode}`)
      if (performance.now() - beganMs > readyWithinMs) throw new Error('CoreDNS does not answer')
      // Until it has listed everything, it may refuse at once.
      if (asked) await sleep(pollMs)
    }
  } catch (error) {
    await stop()
    throw error
  } finally {
    client.close()
  }
  return { pid: child.pid ?? 0, port, readyMs: performance.now() - beganMs, stop }
}
