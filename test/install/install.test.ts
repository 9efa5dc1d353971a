import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { obtainedPrograms } from '../clients/programs.ts'
import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import { command, type MachineEdge, startEdge, usualServer, zone } from './edge.ts'
import { bootMachine, type Machine, noMachine } from './machine.ts'

/*
 * `kubedoh connect --install --service` and `--uninstall` on machines with a real systemd: systemd-resolved and dnsmasq as
 * services, with their own users and sandboxes.
 */

const { debian } = await obtainedPrograms()
const reason = await noMachine(debian)
const clusterIp = '10.96.0.10'
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

/** The command in the machine, with its exit code and its whole output. */
async function kubedoh(...words: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await machine.run([...command, 'connect', ...words])
  return { code, output: stdout + stderr }
}

const installWords = (): string[] => [edge.url, '--ca', edge.caFile, '--install', '--service', '--yes']

/** All files of the machine that an installation might touch, with mode, owner and hash. */
function tree(): Promise<string> {
  return machine.shell(`
    find /etc /var/lib/kubedoh /var/cache/kubedoh-connect -xdev \\( -type f -printf '%p %m %U:%G ' -exec sha256sum {} \\; \\) \\
      -o \\( -type l -printf '%p -> %l\\n' \\) -o \\( -type d -printf '%p/ %m\\n' \\) 2>/dev/null | sort || true`)
}

/** The addresses that a program of the machine gets for a name. */
async function addressesOf(name: string): Promise<string> {
  const { stdout } = await machine.run(['getent', 'ahostsv4', name])
  return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/, 1)))].filter(Boolean).join(' ')
}

async function assertInstalled(): Promise<void> {
  assert.equal(await addressesOf(`web.default.svc.${zone}`), clusterIp)
  assert.equal(await addressesOf('web.default.svc.cluster.local'), clusterIp)
  assert.equal(await addressesOf(usualName), usualAddress)
  const unit = await machine.shell(
    'systemctl show -P ActiveState,SubState kubedoh-connect.service; systemctl is-enabled kubedoh-connect.service',
  )
  assert.match(unit, /active/)
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

/** Installs twice, survives the death of the stub, and uninstalls without the edge. */
async function installAndUninstall(t: TestContext, words: readonly string[] = []): Promise<void> {
  const former = await tree()
  const first = await kubedoh(...installWords(), ...words)
  assert.equal(first.code, 0, first.output)
  t.diagnostic(first.output)
  await assertInstalled()
  await assertTokenHidden(first.output)
  const installed = await tree()
  const second = await kubedoh(...installWords(), ...words)
  assert.match(second.output, /installed already; nothing was changed/)
  assert.equal(await tree(), installed)
  await machine.shell('systemctl kill --signal=KILL kubedoh-connect.service; sleep 3')
  await assertInstalled()
  await machine.shell('systemctl stop edge.service')
  try {
    const undone = await kubedoh('--uninstall', '--yes')
    assert.equal(undone.code, 0, undone.output)
  } finally {
    await machine.shell('systemctl reset-failed')
    await machine
      .shell('systemctl list-units --no-legend kubedoh-connect.service')
      .then((left) => assert.equal(left, ''))
    edge = await startEdge(machine)
  }
  assert.equal(await tree(), former)
  assert.equal(await addressesOf(usualName), usualAddress)
  assert.equal(await addressesOf(`web.default.svc.${zone}`), '')
}

test('systemd-resolved', { skip: reason }, async (t) => {
  await machine.shell(`
    systemctl start systemd-resolved.service
    resolvectl dns lan0 ${usualServer}
    resolvectl dnssec lan0 no
    ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf`)
  try {
    await installAndUninstall(t)
  } finally {
    await machine.shell('systemctl stop systemd-resolved.service; rm /etc/resolv.conf')
  }
})
