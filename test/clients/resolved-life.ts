import assert from 'node:assert/strict'
import { mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Running, start } from '../blackbox/command.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { type Background, background } from './background.ts'
import { needsRoot, prepareResolved } from './behind-stub.ts'
import { assertWhole, hostOf } from './case.ts'
import type { Client, Look, Session } from './client.ts'
import { libraryPath } from './debian-packages.ts'
import { digServer, type Printed, type Target } from './dig.ts'
import { output, versionOf, withOutput } from './program.ts'
import { recipe, recipeZone as zone } from './recipe.ts'
import { clusterObjects } from './services.ts'
import { startLoad } from './steady-load.ts'
import { startConnect, stubAt } from './stub.ts'
import { startUsualResolver, type UsualResolver, usualAddress, usualName } from './usual-resolver.ts'

const resolvedAt = { address: '127.0.0.53', port: 53 }
const web = `web.default.svc.${zone}`
const missing = `nobody.default.svc.${zone}`
const vpnServer = '192.0.2.2'

/** The programs of the test, each of which can be ended and started again. */
type Parts = {
  readonly root: string
  readonly edge: { running: Running; readonly args: readonly string[] }
  readonly target: Target
  stub: Background
  resolved: Background
  /** The resolver of the local network, and that of a VPN. */
  readonly others: readonly [UsualResolver, UsualResolver]
}

/**
 * systemd-resolved with the recipe's drop-in behind `kubedoh connect`, while networks, resolved, the stub and the edge come and
 * go. Names of the cluster may have no answer then, but never a wrong one, and no other resolver sees them. Needs root.
 */
export function resolvedLife(root: string): Client {
  const program = join(root, 'lib/systemd/systemd-resolved')
  return {
    name: 'systemd-resolved in trouble, behind kubedoh connect',
    zone,
    programs: [program, 'dig'],
    version: () => versionOf(program, '--version'),
    unavailable: needsRoot,
    open: (_edge, usual) => open(root, usual),
  }
}

async function open(root: string, lan: UsualResolver): Promise<Session> {
  const { target, edge } = await startEdge()
  const remove = await prepareResolved(recipe('systemd-resolved', target.url))
  await writeFile('/run/systemd/resolved.conf.d/cache.conf', '[Resolve]\nCache=no\n')
  await output('ip', ['address', 'add', `${vpnServer}/32`, 'dev', 'lo'])
  const vpn = await startUsualResolver(vpnServer)
  const stub = startConnect(target, stubAt)
  await stub.line(/^ready /m, 60_000)
  const parts: Parts = { root, edge, target, stub, resolved: await startResolved(root), others: [lan, vpn] }
  await waitFor('the first answer', async () => (await ask(web, '+time=1')).status === 'NOERROR')
  for (const other of parts.others) await other.takeNames()
  return {
    see: async (one) => assertWhole(one, zone, await ask(hostOf(one, zone), '-t', one.type)),
    looks: scenarios.map(({ title, see }) => ({ title, see: () => explained(parts, see) })),
    async close() {
      await parts.resolved.stop()
      await parts.stub.stop()
      await parts.edge.running.stop()
      vpn.stop()
      await output('ip', ['link', 'delete', 'vpn0'])
      await output('ip', ['address', 'delete', `${vpnServer}/32`, 'dev', 'lo'])
      await remove()
    },
  }
}

async function explained(parts: Parts, see: (parts: Parts) => Promise<string>): Promise<string> {
  try {
    return await see(parts)
  } catch (error) {
    throw withOutput(error, `${parts.stub.tail()}\n${parts.resolved.tail()}`)
  }
}

type Scenario = Omit<Look, 'see'> & { readonly see: (parts: Parts) => Promise<string> }

const scenarios: readonly Scenario[] = [
  { title: 'VPN with ~.', see: connectVpn },
  { title: 'LAN lost', see: loseLan },
  { title: 'resolved restarted', see: (parts) => restartResolved(parts, 'stop') },
  { title: 'resolved killed', see: (parts) => restartResolved(parts, 'kill') },
  { title: 'stub killed', see: killStub },
  { title: 'edge killed, restarted under load', see: killEdge },
  { title: 'no leak', see: assertNoLeak },
]

/** An edge that can be ended and started again at the same URL. */
async function startEdge(): Promise<Pick<Parts, 'edge' | 'target'>> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-life-'))
  const [port] = await freePorts(1)
  const objects = join(dir, 'objects.json')
  await writeFile(objects, clusterObjects())
  const names = ['--zone', zone, '--reverse', '10.96.0.0/16', '--reverse', '10.244.0.0/16']
  const args = ['up', '--from', objects, '--data', dir, '--listen', `127.0.0.1:${port}`, ...names]
  const running = await start(args)
  return { edge: { running, args }, target: { url: running.url, caFile: join(dir, 'tls', 'ca.pem') } }
}

async function startResolved(root: string): Promise<Background> {
  return background(join(root, 'lib/systemd/systemd-resolved'), [], await libraryPath(root))
}

function ask(name: string, ...options: string[]): Promise<Printed> {
  return digServer(resolvedAt, ...options, name)
}

/** A name that exists, one that does not, an address and another name have the right answers, other names from `other`. */
async function assertRight({ others }: Parts, other: 0 | 1): Promise<void> {
  const { status, answer } = await ask(web)
  assert.deepEqual([status, answer.map((line) => line.split(' ').at(-1))], ['NOERROR', ['10.96.0.10']])
  assert.equal((await ask(missing)).status, 'NXDOMAIN')
  const reverse = await ask('10.0.96.10.in-addr.arpa', '-t', 'PTR')
  assert.match(reverse.answer.join(), /PTR web\.default\.svc\./)
  await assertOther(others[other])
}

const seen: string[] = []

async function assertOther(resolver: UsualResolver): Promise<void> {
  const { answer } = await ask(usualName)
  assert.deepEqual(
    answer.map((line) => line.split(' ').at(-1)),
    [usualAddress],
  )
  const names = await resolver.takeNames()
  seen.push(...names)
  assert.ok(names.includes(usualName), 'the other name was answered by another resolver')
}

async function connectVpn(parts: Parts): Promise<string> {
  await output('ip', 'link add vpn0 type veth peer name vpn0peer'.split(' '))
  for (const link of ['vpn0peer', 'vpn0']) await output('ip', ['link', 'set', link, 'up'])
  await output('ip', 'address add 192.0.2.200/32 dev vpn0'.split(' '))
  const [{ ifindex }] = JSON.parse(await output('ip', ['-json', 'link', 'show', 'vpn0'])) as [
    { ifindex: number },
  ]
  const state = `ADMIN_STATE=configured\nOPER_STATE=routable\nDNS=${vpnServer}\nROUTE_DOMAINS=.\n`
  // resolved notices a file that is moved here, as systemd-networkd does it.
  await writeFile('/run/systemd/netif/vpn0', state)
  await rename('/run/systemd/netif/vpn0', `/run/systemd/netif/links/${ifindex}`)
  const isUsed = async (): Promise<boolean> => {
    await ask(usualName)
    const names = await parts.others[1].takeNames()
    seen.push(...names)
    return names.includes(usualName)
  }
  await waitFor('the VPN', isUsed)
  await assertRight(parts, 1)
  return 'right, other names by the VPN'
}

async function loseLan(parts: Parts): Promise<string> {
  await output('ip', ['link', 'set', 'lan0', 'down'])
  try {
    await pause(500)
    await assertRight(parts, 1)
  } finally {
    await output('ip', ['link', 'set', 'lan0', 'up'])
  }
  await pause(500)
  await assertRight(parts, 1)
  return 'right, without it and with it again'
}

async function restartResolved(parts: Parts, how: 'stop' | 'kill'): Promise<string> {
  await parts.resolved[how]()
  parts.resolved = await startResolved(parts.root)
  await waitFor('systemd-resolved', async () => (await ask(web, '+time=1')).status !== '')
  await assertRight(parts, 1)
  return 'right'
}

async function killStub(parts: Parts): Promise<string> {
  await parts.stub.kill()
  for (const name of [web, missing]) assert.equal((await ask(name)).status, 'SERVFAIL')
  await assertOther(parts.others[1])
  parts.stub = startConnect(parts.target, stubAt)
  await parts.stub.line(/^ready /m, 60_000)
  await waitFor('the answer of the new stub', async () => (await ask(web)).status === 'NOERROR')
  await assertRight(parts, 1)
  return 'SERVFAIL, right after its restart'
}

async function killEdge(parts: Parts): Promise<string> {
  const existing = ['web', 'three', 'hundred'].map((label) => `${label}.default.svc.${zone}`)
  const load = await startLoad(resolvedAt, [...existing, missing], 200)
  await pause(1_000)
  parts.edge.running.process.kill('SIGKILL')
  await pause(1_500)
  parts.edge.running = await start(parts.edge.args)
  await pause(2_000)
  const rcodes = await load.stop()
  await assertRight(parts, 1)
  const sum = (names: readonly string[], rcode: string): number =>
    names.reduce((total, name) => total + (rcodes.get(name)?.get(rcode) ?? 0), 0)
  assert.equal(sum(existing, 'NXDOMAIN'), 0)
  assert.equal(sum([missing], 'NOERROR'), 0)
  assert.ok(sum(existing, 'NOERROR') > 300, `${sum(existing, 'NOERROR')} answers`)
  const show = (names: readonly string[]): string =>
    ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'NONE'].map((rcode) => `${sum(names, rcode)} ${rcode}`).join(', ')
  return `0 wrong; names that exist: ${show(existing)}; a name that does not: ${show([missing])}`
}

/** The last one: none of the other resolvers was ever asked for a forward or reverse name of the cluster. */
async function assertNoLeak({ others }: Parts): Promise<string> {
  for (const other of others) seen.push(...(await other.takeNames()))
  assert.ok(seen.includes(usualName))
  assert.deepEqual(
    seen.filter((name) => /k8s\.example|cluster\.local|in-addr\.arpa/.test(name)),
    [],
  )
  return `0 of ${seen.length} names that other resolvers saw`
}
