import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { obtainedPrograms } from '../clients/programs.ts'
import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import { waitFor } from '../wait-for.ts'
import { command, type MachineEdge, put, startEdge, usualServer, zone } from './edge.ts'
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
  const web = `web.default.svc.${zone}`
  // After its death the service starts again, and its socket keeps the queries meanwhile.
  await waitFor('the stub answers', async () => (await addressesOf(web)) === clusterIp)
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

/** How often the nameserver of the LAN was asked for names of the cluster. */
async function leaks(): Promise<number> {
  const zones = ['cluster.local', zone, '96.10.in-addr.arpa'].map((name) => `-e ${name}`).join(' ')
  return Number(await machine.shell(`sleep 0.3; journalctl --no-pager -u usual | grep -cF ${zones} || true`))
}

/** Installs twice, survives the death of the stub, and uninstalls without the edge. */
async function installAndUninstall(t: TestContext, words: readonly string[] = []): Promise<void> {
  const former = await tree()
  const first = await kubedoh(...installWords(), ...words)
  assert.equal(first.code, 0, first.output)
  t.diagnostic(first.output)
  const formerLeaks = await leaks()
  await assertInstalled()
  assert.match(
    (await machine.run(['getent', 'hosts', clusterIp])).stdout,
    /web\.default\.svc\.cluster\.local/,
  )
  await assertTokenHidden(first.output)
  const installed = await tree()
  const second = await kubedoh(...installWords(), ...words)
  assert.match(second.output, /installed already; nothing was changed/)
  assert.equal(await tree(), installed)
  await machine.shell('systemctl kill --signal=KILL kubedoh-connect.service')
  await assertInstalled()
  assert.equal(await leaks(), formerLeaks)
  await machine.shell('systemctl stop edge.service')
  try {
    const undone = await kubedoh('--uninstall', '--yes')
    assert.equal(undone.code, 0, undone.output)
  } finally {
    await machine.shell('systemctl reset-failed')
    await machine
      .shell('systemctl list-units --no-legend kubedoh-connect.service kubedoh-connect.socket')
      .then((left) => assert.equal(left, ''))
    edge = await startEdge(machine)
  }
  assert.equal(await tree(), former)
  assert.equal(await addressesOf(usualName), usualAddress)
  assert.equal(await addressesOf(`web.default.svc.${zone}`), '')
}

async function startResolved(): Promise<void> {
  await machine.shell(`
    systemctl start systemd-resolved.service
    resolvectl dns lan0 ${usualServer}
    resolvectl dnssec lan0 no
    ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf`)
}

async function stopResolved(): Promise<void> {
  await machine.shell('systemctl stop systemd-resolved.service; rm /etc/resolv.conf')
}

test('systemd-resolved', { skip: reason }, async (t) => {
  await startResolved()
  try {
    await installAndUninstall(t)
  } finally {
    await stopResolved()
  }
})

test('dnsmasq with its protection against DNS rebinding', { skip: reason }, async (t) => {
  await put(machine, '/etc/dnsmasq.conf', 'conf-dir=/etc/dnsmasq.d/,*.conf\n')
  await put(
    machine,
    '/etc/dnsmasq.d/laptop.conf',
    `no-resolv\nno-hosts\nserver=${usualServer}\nlisten-address=127.0.0.1\nbind-interfaces\nuser=root\nstop-dns-rebind\nbogus-priv\ndomain-needed\n`,
  )
  await put(
    machine,
    '/etc/systemd/system/dnsmasq.service',
    '[Service]\nExecStart=/usr/sbin/dnsmasq --keep-in-foreground --pid-file=\n',
  )
  await put(machine, '/etc/resolv.conf', 'nameserver 127.0.0.1\n')
  await machine.shell('systemctl daemon-reload; systemctl start dnsmasq.service')
  try {
    await installAndUninstall(t)
  } finally {
    await machine.shell(
      'systemctl stop dnsmasq.service; rm -r /etc/dnsmasq.conf /etc/dnsmasq.d /etc/resolv.conf',
    )
  }
})

test('a machine that would leak or break is refused in one line, and without consent nothing is done', {
  skip: reason,
}, async () => {
  await startResolved()
  try {
    const former = await tree()
    const silent = await kubedoh(...installWords().filter((word) => word !== '--yes'))
    assert.equal(silent.code, 2)
    assert.match(silent.output, /no terminal to ask in; say --yes/)
    const shown = await kubedoh(...installWords(), '--dry-run')
    assert.equal(shown.code, 0)
    assert.match(shown.output, /Domains=~cluster\.local/)
    await put(machine, '/run/systemd/resolved.conf.d/corp.conf', '[Resolve]\nDNS=192.0.2.7\n')
    const refused = await kubedoh(...installWords())
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
    assert.equal(await tree(), former)
  } finally {
    await machine.shell('rm -f /run/systemd/resolved.conf.d/corp.conf')
    await stopResolved()
  }
})

test('a plain resolv.conf, with other names forwarded to its former nameserver', {
  skip: reason,
}, async (t) => {
  await put(machine, '/etc/resolv.conf', `# by hand\nnameserver ${usualServer}\noptions timeout:2\n`)
  const alone = await kubedoh(edge.url, '--ca', edge.caFile, '--install', '--yes')
  assert.equal(alone.code, 2)
  assert.match(alone.output, /add --service/)
  await installAndUninstall(t)
  await machine.shell('rm /etc/resolv.conf')
})

test('an installation whose process is killed at any of its commands is undone or completed', {
  skip: reason,
}, async () => {
  await startResolved()
  // In front of the real one: kills the process that runs it, before or after the command, at the chosen one.
  await put(
    machine,
    '/usr/local/bin/systemctl',
    `#!/bin/sh
case $1 in is-active) exec /usr/bin/systemctl "$@" ;; esac
count=$(($(cat /run/count) + 1))
echo $count >/run/count
[ $count = "$(cat /run/before)" ] && kill -9 $PPID && exit
/usr/bin/systemctl "$@"
code=$?
[ $count = "$(cat /run/after)" ] && kill -9 $PPID
exit $code
`,
  )
  await machine.shell('chmod 755 /usr/local/bin/systemctl')
  const kill = (when: 'before' | 'after' | 'never', at: number): Promise<string> =>
    machine.shell(`echo 0 >/run/count; echo 0 >/run/before; echo 0 >/run/after; echo ${at} >/run/${when}`)
  try {
    const former = await tree()
    for (const [when, at] of [
      ['after', 1],
      ['before', 2],
      ['after', 2],
      ['after', 3],
    ] as const) {
      await kill(when, at)
      const killed = await kubedoh(...installWords())
      assert.notEqual(killed.code, 0, `${when} ${at}: ${killed.output}`)
      await kill('never', 0)
      if (when === 'before') {
        assert.equal((await kubedoh(...installWords())).code, 0)
        await assertInstalled()
      }
      const undone = await kubedoh('--uninstall', '--yes')
      assert.equal(undone.code, 0, undone.output)
      assert.equal(await tree(), former, `${when} ${at}`)
      assert.equal(await addressesOf(usualName), usualAddress)
    }
  } finally {
    await machine.shell('rm /usr/local/bin/systemctl')
    await stopResolved()
  }
})

test('NetworkManager with its dnsmasq', { skip: reason }, async (t) => {
  await put(
    machine,
    '/etc/NetworkManager/NetworkManager.conf',
    `[main]
plugins=keyfile
dns=dnsmasq
rc-manager=file
no-auto-default=*
[device-lan0]
match-device=interface-name:lan0
managed=1
[connectivity]
enabled=false
`,
  )
  const lan = '/etc/NetworkManager/system-connections/lan.nmconnection'
  await put(
    machine,
    lan,
    `[connection]
id=lan
type=ethernet
interface-name=lan0
[ipv4]
method=manual
address1=192.0.2.10/24,192.0.2.1
dns=${usualServer};
[ipv6]
method=disabled
`,
  )
  await machine.shell(`
    chmod 600 ${lan}
    mkdir -p /etc/NetworkManager/dnsmasq.d /var/lib/NetworkManager
    systemctl start NetworkManager.service
    nmcli --wait 30 connection up lan`)
  await waitFor('NetworkManager resolves names', async () => (await addressesOf(usualName)) === usualAddress)
  try {
    await installAndUninstall(t)
  } finally {
    await machine.shell('systemctl stop NetworkManager.service; rm -rf /etc/NetworkManager /etc/resolv.conf')
  }
})
