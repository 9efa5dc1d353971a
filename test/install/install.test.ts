import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { obtainedPrograms } from '../clients/programs.ts'
import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import { createRandom } from '../seeded-random.ts'
import { waitFor } from '../wait-for.ts'
import { command, type MachineEdge, put, startEdge, zone } from './edge.ts'
import { surviveKill, verbs } from './killed.ts'
import { addressesOf, connect, installWords, stubUnits, tree } from './laptop.ts'
import { bootMachine, type Machine, noMachine } from './machine.ts'
import { laptopResolvers, plainResolvConf, resolved } from './resolvers.ts'

/*
 * `kubedoh connect --install --service` and `--uninstall` on machines with a real systemd: systemd-resolved and dnsmasq as
 * services, with their own users and sandboxes.
 */

const { debian } = await obtainedPrograms()
const reason = await noMachine(debian)
const clusterIp = '10.96.0.10'
/** One kill for each resolver; `npm run kills` makes all. */
const random = createRandom(Number(process.env.KUBEDOH_KILL_SEED ?? 1))
/** Every installation and its undoing make at least as many changes. */
const leastChanges = 20
let machine: Machine
let edge: MachineEdge
before(async () => {
  if (reason !== false) return
  machine = await bootMachine(debian)
  edge = await startEdge(machine)
})
after(async () => {
  if (reason === false) await machine.stop()
})

const kubedoh = (...words: readonly string[]): ReturnType<typeof connect> => connect(machine, ...words)
const addresses = (name: string): Promise<string> => addressesOf(machine, name)

async function assertInstalled(): Promise<void> {
  // After its death the service starts again, and its socket keeps the queries meanwhile. Resolvers may have answers cached.
  await waitFor('the service runs', async () => {
    const { code } = await machine.run(['systemctl', 'is-active', '--quiet', 'kubedoh-connect.service'])
    return code === 0
  })
  const web = `web.default.svc.${zone}`
  await waitFor('the stub answers', async () => (await addresses(web)) === clusterIp)
  assert.equal(await addresses('web.default.svc.cluster.local'), clusterIp)
  assert.equal(await addresses(usualName), usualAddress)
  assert.match(await machine.shell('systemctl is-enabled kubedoh-connect.service'), /^enabled$/m)
}

/** No process, unit, journal or file has the token, but the file of the URL, which is root's. */
async function assertTokenHidden(output: string): Promise<void> {
  assert.doesNotMatch(output, new RegExp(edge.token))
  const seen = await machine.shell(`
    cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -cFf /srv/test/token || true
    journalctl --no-pager -o export | grep -cFf /srv/test/token || true
    grep -rlFf /srv/test/token /etc /var/lib /var/cache /run 2>/dev/null || true
    stat -c '%a %U' /etc/kubedoh/connect.url`)
  const [processes, journal, ...rest] = seen.trim().split('\n')
  assert.equal(processes, '0', 'in a command line or environment')
  assert.equal(journal, '0', 'in the journal')
  const files = rest.slice(0, -1)
  assert.deepEqual(
    files.filter((path) => path !== '/etc/kubedoh/connect.url' && !path.startsWith('/run/credentials/')),
    [],
  )
  assert.equal(rest.at(-1), '600 root')
}

/** How often the nameserver of the LAN was asked for names of the cluster. */
async function leaks(): Promise<number> {
  const zones = ['cluster.local', zone, '96.10.in-addr.arpa'].map((name) => `-e ${name}`).join(' ')
  return Number(await machine.shell(`sleep 0.3; journalctl --no-pager -u usual | grep -cF ${zones} || true`))
}

/** Installs twice, survives the death of the stub, and uninstalls without the edge. */
async function installAndUninstall(t: TestContext): Promise<void> {
  try {
    await roundTrip(t)
  } finally {
    // So that a failure does not spread to the next test.
    await kubedoh('--uninstall', '--yes')
  }
}

async function roundTrip(t: TestContext): Promise<void> {
  const former = await tree(machine)
  const first = await kubedoh(...installWords(edge))
  assert.equal(first.code, 0, first.output)
  t.diagnostic(first.output)
  const formerLeaks = await leaks()
  await assertInstalled()
  assert.match(
    (await machine.run(['getent', 'hosts', clusterIp])).stdout,
    /web\.default\.svc\.cluster\.local/,
  )
  await assertTokenHidden(first.output)
  const installed = await tree(machine)
  const second = await kubedoh(...installWords(edge))
  assert.match(second.output, /installed already; nothing was changed/)
  assert.equal(await tree(machine), installed)
  await machine.shell('systemctl kill --signal=KILL kubedoh-connect.service')
  await assertInstalled()
  assert.equal(await leaks(), formerLeaks)
  await machine.shell('systemctl stop edge.service')
  try {
    const undone = await kubedoh('--uninstall', '--yes')
    assert.equal(undone.code, 0, undone.output)
  } finally {
    assert.equal(await stubUnits(machine), '')
    edge = await startEdge(machine)
  }
  assert.equal(await tree(machine), former)
  assert.equal(await addresses(usualName), usualAddress)
  assert.equal(await addresses(`web.default.svc.${zone}`), '')
}

for (const resolver of laptopResolvers)
  test(resolver.name, { skip: reason }, async (t) => {
    await resolver.start(machine)
    try {
      await t.test('is set up, asked, and restored', installAndUninstall)
      const kill = { verb: random.pick(verbs), at: random.between(0, leastChanges - 1) }
      await t.test(`survives that --${kill.verb} is killed at change ${kill.at}`, async () => {
        assert.equal(await surviveKill(machine, edge, await tree(machine), kill), true)
      })
    } finally {
      await resolver.stop(machine)
    }
  })

test('a second command that changes the machine at the same time is refused', { skip: reason }, async () => {
  await resolved.start(machine)
  try {
    const former = await tree(machine)
    const outcomes = await Promise.all([1, 2].map(() => kubedoh(...installWords(edge))))
    assert.deepEqual(outcomes.map(({ code }) => String(code)).toSorted(), ['0', '1'])
    assert.match(
      outcomes.find(({ code }) => code === 1)?.output ?? '',
      /^kubedoh connect: another `kubedoh connect` is changing this machine now \(process \d+\); nothing was changed, [^\n]+\n$/,
    )
    assert.equal((await kubedoh('--uninstall', '--yes')).code, 0)
    assert.equal(await tree(machine), former)
  } finally {
    await resolved.stop(machine)
  }
})

test('short names by --search, and a container that asks at --bridge', { skip: reason }, async () => {
  await resolved.start(machine)
  await machine.shell(`
    ip link add docker0 type bridge; ip address add 172.17.0.1/16 dev docker0; ip link set docker0 up
    ip netns add box; ip link add box0 type veth peer name eth0 netns box
    ip link set box0 master docker0 up; ip -n box address add 172.17.0.2/16 dev eth0; ip -n box link set eth0 up
    mkdir -p /etc/netns/box; echo nameserver 172.17.0.1 >/etc/netns/box/resolv.conf`)
  try {
    const former = await tree(machine)
    const search = ['--search', 'default.svc.cluster.local', '--search', 'svc.cluster.local']
    const first = await kubedoh(...installWords(edge), ...search, '--bridge', '172.17.0.1')
    assert.equal(first.code, 0, first.output)
    assert.match(first.output, /note: containers ask with your token at 172\.17\.0\.1: /)
    await waitFor('short names', async () => (await addresses('web')) === clusterIp)
    assert.equal(await addresses('web.default'), clusterIp)
    const inside = (name: string): Promise<string> =>
      addressesOf(machine, name, ['ip', 'netns', 'exec', 'box'])
    assert.equal(await inside('web.default.svc.cluster.local'), clusterIp)
    assert.equal(await inside(usualName), usualAddress)
    // Programs of the machine still get other names from the network.
    assert.match(await machine.shell(`dig @127.0.0.1 -p 5053 ${usualName}`), /status: REFUSED/)
    const lan = await kubedoh(...installWords(edge), '--bridge', '192.0.2.10')
    assert.match(lan.output, /--bridge is 192\.0\.2\.10, which is not an address of a private network/)
    const undone = await kubedoh('--uninstall', '--yes')
    assert.equal(undone.code, 0, undone.output)
    assert.equal(await tree(machine), former)
  } finally {
    await machine.shell('ip link del docker0; ip netns del box; rm -r /etc/netns')
    await resolved.stop(machine)
  }
})

test('a plain resolv.conf needs the service', { skip: reason }, async () => {
  await plainResolvConf.start(machine)
  const alone = await kubedoh(edge.url, '--ca', edge.caFile, '--install', '--yes')
  assert.equal(alone.code, 2)
  assert.match(alone.output, /add --service/)
  await plainResolvConf.stop(machine)
})

test('a machine that would leak or break is refused in one line, and without consent nothing is done', {
  skip: reason,
}, async () => {
  await resolved.start(machine)
  try {
    const former = await tree(machine)
    const silent = await kubedoh(...installWords(edge).filter((word) => word !== '--yes'))
    assert.equal(silent.code, 2)
    assert.match(silent.output, /no terminal to ask in; say --yes/)
    const shown = await kubedoh(...installWords(edge), '--dry-run')
    assert.equal(shown.code, 0)
    assert.match(shown.output, /Domains=~cluster\.local/)
    await put(machine, '/run/systemd/resolved.conf.d/corp.conf', '[Resolve]\nDNS=192.0.2.7\n')
    const refused = await kubedoh(...installWords(edge))
    assert.equal(refused.code, 2)
    assert.match(refused.output, /^kubedoh connect: \S+corp\.conf has DNS=192\.0\.2\.7: [^\n]+\n$/)
    const user = await machine.run([
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      ...command,
      'connect',
      '--uninstall',
      '--yes',
    ])
    assert.equal(user.code, 1)
    assert.match(user.stderr, /needs root; run this with sudo/)
    assert.equal(await tree(machine), former)
  } finally {
    await machine.shell('rm -f /run/systemd/resolved.conf.d/corp.conf')
    await resolved.stop(machine)
  }
})
