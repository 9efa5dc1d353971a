import assert from 'node:assert/strict'
import { waitFor } from '../wait-for.ts'
import { command, type MachineEdge, zone } from './edge.ts'
import { addressesOf, connect, installWords, stubUnits, tree, usualNameResolves } from './laptop.ts'
import { type Machine, nodePlace, repositoryPlace } from './machine.ts'

/** What is killed. */
export const verbs = ['install', 'uninstall'] as const
export type KilledVerb = (typeof verbs)[number]

/** One kill: of which command, and in front of which of its changes, from 0. */
export type Kill = { readonly verb: KilledVerb; readonly at: number }

const clusterName = `web.default.svc.${zone}`

/**
 * Kills `kubedoh connect --install --service` or `--uninstall` on a machine that is `former`, and then uninstalls. Every second
 * time the installation is completed by `--install` first. → false if the command ended before the change that it should have
 * died at. Throws AssertionError if a name outside the cluster stops to resolve, or if the machine is not `former` afterwards.
 */
export async function surviveKill(
  machine: Machine,
  edge: MachineEdge,
  former: string,
  { verb, at }: Kill,
): Promise<boolean> {
  // The many restarts of this test are not what systemd limits starts for.
  await machine.shell('systemctl reset-failed')
  if (verb === 'uninstall') {
    const { code, output } = await connect(machine, ...installWords(edge))
    assert.equal(code, 0, output)
  }
  const words = verb === 'install' ? installWords(edge) : ['--uninstall', '--yes']
  const { code, stderr } = await machine.run(dying(at, words))
  assert.ok(code === null || code === 0, `ended with ${code}: ${stderr}`)
  await assertUsualName(machine, 'after the kill')
  if (at % 2 === 1) await complete(machine, edge)
  const undone = await connect(machine, '--uninstall', '--yes')
  assert.equal(undone.code, 0, undone.output)
  assert.equal(await tree(machine), former)
  assert.equal(await stubUnits(machine), '')
  await assertUsualName(machine, 'after --uninstall')
  assert.equal(await addressesOf(machine, clusterName), '')
  return code === null
}

/** The command that kills itself in front of a change. */
function dying(at: number, words: readonly string[]): string[] {
  const [, ...script] = command
  const hook = `${repositoryPlace}/test/install/die-at.ts`
  return ['env', `KUBEDOH_DIE_AT=${at}`, nodePlace, '--import', hook, ...script, 'connect', ...words]
}

async function complete(machine: Machine, edge: MachineEdge): Promise<void> {
  const { code, output } = await connect(machine, ...installWords(edge))
  assert.equal(code, 0, output)
  await waitFor('the stub answers', async () => (await addressesOf(machine, clusterName)) === '10.96.0.10')
  await assertUsualName(machine, 'after --install')
}

/** A command that was started goes on after the kill: a resolver that it restarts needs a moment. */
async function assertUsualName(machine: Machine, when: string): Promise<void> {
  await waitFor(`a name outside resolves ${when}`, () => usualNameResolves(machine), { timeoutMs: 15_000 })
}
