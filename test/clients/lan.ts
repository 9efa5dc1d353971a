import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../wait-for.ts'
import { output } from './program.ts'
import type { UsualResolver } from './usual-resolver.ts'

/**
 * A local network with one resolver, which is another machine for the programs of this namespace: a stub must not forward to
 * an address of its own machine.
 */
export type Lan = {
  /** The interface on this side. */
  readonly link: string
  /** The address of its resolver. */
  readonly resolver: string
  /** That resolver. */
  readonly usual: UsualResolver
  close(): Promise<void>
}

const script = fileURLToPath(new URL('lan-resolver.ts', import.meta.url))

/** Opens a network NETWORK.0/24 with the resolver at .1, and gives this machine .10 unless another program does that. */
export async function openLan(
  link: string,
  network: string,
  { isConfigured = true }: { readonly isConfigured?: boolean } = {},
): Promise<Lan> {
  const resolver = `${network}.1`
  const child = spawn('unshare', ['--net', process.execPath, script, resolver], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let names: string[] = []
  const states = new Set<string>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('asked ')) names.push(line.slice('asked '.length))
    else states.add(line)
  })
  await waitFor('the resolver of the local network', () => states.has('waiting'))
  await output('ip', `link add ${link} type veth peer name eth0 netns ${child.pid}`.split(' '))
  if (isConfigured)
    for (const command of [`address add ${network}.10/24 dev ${link}`, `link set ${link} up`])
      await output('ip', command.split(' '))
  await waitFor('the resolver of the local network', () => states.has('ready'))
  return {
    link,
    resolver,
    usual: {
      async takeNames() {
        // A line on its way through the pipe belongs to the names so far.
        await pause(200)
        const taken = names
        names = []
        return taken
      },
      stop: () => child.kill('SIGKILL'),
    },
    async close() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      // The pair ends with the namespace, which the kernel may remove a little later.
      await output('ip', ['link', 'delete', link]).catch(() => undefined)
    },
  }
}
