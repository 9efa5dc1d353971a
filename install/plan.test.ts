import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dying, readTree, type TestMachine, withMachine } from './apply/dying-machine.case.ts'
import { install } from './apply/install.ts'
import { uninstall } from './apply/undo.ts'
import { plainLinux, wish, withResolved } from './facts.case.ts'
import type { Facts } from './facts.ts'
import { makePlan, type Wish } from './plan.ts'
import { planLines } from './show-plan.ts'

const token = 'prod-secretsecretsecretsecret22'
const dnsmasq = { isActive: true, isInstalled: true, directory: '/etc/dnsmasq.d' }
const networkManager = {
  isActive: true,
  config: [{ path: '/etc/NetworkManager/NetworkManager.conf', text: '[main]\ndns=dnsmasq\n' }],
}
const ownUser = { name: 'dev', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

/** A machine for each system, with files that its plan replaces. */
const machines: Readonly<
  Record<string, { readonly facts: Facts; readonly files: Readonly<Record<string, string>> }>
> = {
  resolved: {
    facts: withResolved,
    files: { '/etc/systemd/resolved.conf.d/kubedoh.conf': '# an older one\n', '/etc/systemd/system/x': '' },
  },
  networkmanager: {
    facts: { ...plainLinux, resolvConf: undefined, networkManager, dnsmasq: { ...dnsmasq, isActive: false } },
    files: {
      '/etc/NetworkManager/NetworkManager.conf': '[main]\ndns=dnsmasq\n',
      '/etc/systemd/system/x': '',
    },
  },
  dnsmasq: {
    facts: {
      ...plainLinux,
      resolvConf: { text: 'nameserver 127.0.0.1\n', place: '/etc/resolv.conf', isMounted: false },
      dnsmasq,
    },
    files: { '/etc/dnsmasq.d/other.conf': '', '/etc/systemd/system/x': '' },
  },
  'resolv-conf': {
    facts: plainLinux,
    files: { '/etc/resolv.conf': 'nameserver 192.0.2.1\n', '/etc/systemd/system/x': '' },
  },
  macos: {
    facts: { ...plainLinux, platform: 'darwin', invoker: ownUser },
    files: { '/etc/resolver/cluster.local': 'nameserver 192.0.2.7\n', '/Library/LaunchDaemons/x': '' },
  },
}

for (const [system, { facts, files }] of Object.entries(machines)) {
  test(`${system}: killed at each change, an installation is undone or completed`, async () => {
    const { steps, listen, system: chosen } = makePlan(facts, wish)
    assert.equal(chosen, system)
    const plan = { parts: wish.parts, system, listen: `${listen.host}:${listen.port}`, steps }
    let deaths = 0
    for (let at = 0, isDead = true; isDead; at++, deaths++) {
      isDead = await withMachine(files, async (machine) => {
        const former = await readTree(machine.root)
        const diesDuring = async (act: (victim: TestMachine) => Promise<unknown>): Promise<boolean> => {
          const { machine: mortal, died } = dying(machine, at)
          return (await Promise.race([act({ ...machine, ...mortal }), died])) === 'died'
        }
        const hasDied = await diesDuring((victim) => install(plan, victim))
        await uninstall(machine)
        assert.deepEqual(await readTree(machine.root), former, `undone after ${at}`)
        await diesDuring((victim) => install(plan, victim))
        await install(plan, machine)
        assert.equal(await install(plan, machine), 'unchanged')
        await diesDuring((victim) => uninstall(victim))
        await uninstall(machine)
        assert.deepEqual(await readTree(machine.root), former, `completed after ${at}`)
        return hasDied
      })
    }
    assert.ok(deaths > 20, `${deaths} deaths`)
  })
}

test('the token is in the file of the URL, and nowhere else', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const plan = makePlan({ ...plainLinux, platform }, wish)
    const withToken = plan.steps.filter((step) => JSON.stringify(step).includes(token))
    assert.equal(withToken.length, 1)
    const [file] = withToken
    assert.ok(
      file?.kind === 'file' &&
        file.mode === 0o600 &&
        file.shown === 'the URL of the edge' &&
        file.path === plan.urlFile,
    )
    for (const step of plan.steps)
      if (step.kind === 'command')
        for (const argv of [step.run?.argv ?? [], step.undo?.argv ?? []])
          assert.doesNotMatch(Buffer.from(argv.at(-1) ?? '', 'base64').toString('utf16le'), /secretsecret/)
    assert.doesNotMatch(planLines(plan).join('\n'), /secretsecret/)
  }
})

test('the service is started and asked before the resolver needs it', () => {
  const { steps } = makePlan(plainLinux, wish)
  const words = steps.flatMap((step) =>
    step.kind === 'file' ? [step.path] : step.kind === 'command' && step.run ? [step.run.argv.join(' ')] : [],
  )
  assert.deepEqual(words, [
    '/etc/kubedoh/connect.url',
    '/etc/systemd/system/kubedoh-connect.socket',
    '/etc/systemd/system/kubedoh-connect.service',
    'systemctl daemon-reload',
    'systemctl enable --now kubedoh-connect.socket kubedoh-connect.service',
    '/usr/bin/node /usr/lib/kubedoh/cli/kubedoh.mjs query --server 127.0.0.1:53 --short --timeout-ms 2000 cluster.local SOA',
    '/etc/resolv.conf',
  ])
})

test('a forwarding stub gets the former nameservers, and is refused without a service', () => {
  const { steps } = makePlan(plainLinux, wish)
  const unit = steps
    .flatMap((step) => (step.kind === 'file' && step.path.endsWith('.service') ? [step.text] : []))
    .join()
  assert.match(
    unit,
    / connect --listen 127\.0\.0\.1:53 --mode forward --resolver 192\.0\.2\.1 --resolver 192\.0\.2\.2 /,
  )
  assert.throws(() => makePlan(plainLinux, { ...wish, parts: ['resolver'] }), {
    code: 'OPTION_SYSTEM',
    message: /add --service$/,
  })
})

test('a resolver without a service has no unit, and the file of the URL belongs to the user who starts the stub', () => {
  const invoker = { name: 'dev', uid: 1000, gid: 1000 }
  const plan = makePlan({ ...withResolved, invoker }, { ...wish, parts: ['resolver'] })
  const files = plan.steps.filter((step) => step.kind === 'file')
  assert.deepEqual(
    files.map(({ path, owner }) => [path, owner?.uid]),
    [
      ['/etc/kubedoh/connect.url', 1000],
      ['/etc/systemd/resolved.conf.d/kubedoh.conf', undefined],
    ],
  )
})

test('a service is refused without systemd, in /tmp, and where only root can read the program', () => {
  const refused = (facts: Partial<Facts>, message: RegExp, change: Partial<Wish> = {}): void =>
    assert.throws(() => makePlan({ ...plainLinux, ...facts }, { ...wish, parts: ['service'], ...change }), {
      code: 'OPTION_SERVICE',
      message,
    })
  refused({ hasSystemd: false }, /needs systemd/)
  refused({ program: { argv: ['/usr/bin/node', '/tmp/kubedoh.mjs'], isForAll: true } }, /temporary files/)
  refused({ program: { argv: ['/root/node', '/root/kubedoh.mjs'], isForAll: false } }, /only root can read/)
})

test('a program that only its owner can read runs as that user', () => {
  const program = { argv: ['/home/dev/.nvm/node', '/home/dev/kubedoh/cli/kubedoh.mjs'], isForAll: false }
  const { steps } = makePlan({ ...plainLinux, program, invoker: { name: 'dev', uid: 1000, gid: 1000 } }, wish)
  const unit = steps
    .flatMap((step) => (step.kind === 'file' && step.path.endsWith('.service') ? [step.text] : []))
    .join()
  assert.match(unit, /^User=dev$/m)
  assert.match(unit, /^ProtectHome=read-only$/m)
  assert.doesNotMatch(unit, /DynamicUser/)
})
