import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'
import type { Background } from './background.ts'
import type { Look } from './client.ts'
import { digServer, type Target } from './dig.ts'
import { type Lan, openLan } from './lan.ts'
import { output, withOutput } from './program.ts'
import { recipeZone } from './recipe.ts'
import { startConnect } from './stub.ts'
import { usualAddress, usualName } from './usual-resolver.ts'

/** A machine whose resolv.conf names `kubedoh connect`, which forwards other names to the resolver of the network. */
export type Forwarding = {
  /** The further checks: other names, and that the other resolver saw no name of the cluster. */
  readonly looks: readonly Look[]
  /** An error with the end of the output of `kubedoh connect`. */
  explain(error: unknown): Error
  close(): Promise<void>
}

/** Where it listens: resolv.conf has no ports. */
export const stub = { address: '127.0.0.1', port: 53 }

/**
 * Starts `kubedoh connect --mode forward` while resolv.conf names the resolver of a local network, as before it is set up, and
 * then makes it the only nameserver. `lookUp` returns the addresses of a name that the client of the test finds.
 */
export async function openForwarding(
  edge: Target,
  lookUp: (name: string) => Promise<readonly string[]>,
): Promise<Forwarding> {
  const lan = await openLan('lan1', '198.51.100')
  await useNameserver(lan.resolver)
  let mounted = 1
  const running = startConnect(edge, stub, ['--mode', 'forward'])
  const explain = (error: unknown): Error => withOutput(error, running.tail())
  const close = async (): Promise<void> => {
    await running.stop()
    for (; mounted > 0; mounted--) await output('umount', ['/etc/resolv.conf'])
    await lan.close()
  }
  try {
    await firstAnswer(running)
    await useNameserver(stub.address)
    mounted++
    await lan.usual.takeNames()
  } catch (error) {
    await close()
    throw explain(error)
  }
  return { looks: [seeOther(lookUp), seeNoLeak(lan)], explain, close }
}

async function firstAnswer(running: Background): Promise<void> {
  await running.line(/^ready /m, 60_000)
  const isAnswered = async (): Promise<boolean> =>
    (await digServer(stub, '+time=1', `web.default.svc.${recipeZone}`, 'A')).status === 'NOERROR'
  await waitFor('its first answer', isAnswered)
}

/** Replaces /etc/resolv.conf in this mount namespace. */
async function useNameserver(address: string): Promise<void> {
  const file = join(await mkdtemp(join(tmpdir(), 'kubedoh-resolv-')), 'resolv.conf')
  await writeFile(file, `nameserver ${address}\n`)
  await output('mount', ['--bind', file, '/etc/resolv.conf'])
}

function seeOther(lookUp: (name: string) => Promise<readonly string[]>): Look {
  return {
    title: 'other names',
    async see() {
      assert.deepEqual(await lookUp(usualName), [usualAddress])
      return usualAddress
    },
  }
}

/** The last check: the resolver of the network was asked, and for no forward or reverse name of the cluster. */
function seeNoLeak(lan: Lan): Look {
  return {
    title: 'no leak',
    async see() {
      const names = await lan.usual.takeNames()
      assert.ok(names.includes(usualName), `it was asked for: ${names.join(', ')}`)
      assert.deepEqual(
        names.filter((name) => /k8s\.example|k8s\.test|\.local$|in-addr\.arpa/.test(name)),
        [],
      )
      return 'none'
    },
  }
}
