import assert from 'node:assert/strict'
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { InstallError } from '../errors.ts'
import { aroundFiles, plainFile } from '../step.ts'
import { dying, readTree, withMachine } from './dying-machine.case.ts'
import { install, type Plan } from './install.ts'
import { uninstall } from './undo.ts'

const before = {
  '/etc/keep.conf': 'kept\n',
  '/etc/resolv.conf': 'nameserver 192.0.2.1\n',
}

const plan: Plan = {
  parts: ['resolver'],
  listen: '127.0.0.1:5300',
  steps: [
    { kind: 'directory', path: '/etc/made', mode: 0o755 },
    {
      kind: 'file',
      path: '/etc/made/secret',
      text: 'https://edge.test/dns-query/a-token\n',
      mode: 0o600,
      shown: 'the URL',
    },
    ...aroundFiles(
      [{ argv: ['restart', 'it'] }],
      [plainFile('/etc/made/zones.conf', ['zones']), plainFile('/etc/resolv.conf', ['nameserver 127.0.0.1'])],
    ),
    { kind: 'command', run: { argv: ['start', 'stub'] }, undo: { argv: ['stop', 'stub'], mayFail: true } },
  ],
}
const other: Plan = { ...plan, steps: [plainFile('/etc/resolv.conf', ['nameserver 127.0.0.2'])] }

test('an installation is undone byte for byte, and its commands run after the files are back', () =>
  withMachine(before, async (machine) => {
    await chmod(join(machine.root, 'etc/resolv.conf'), 0o640)
    const former = await readTree(machine.root)
    assert.equal(await install(plan, machine), 'installed')
    assert.equal(await readFile(join(machine.root, 'etc/resolv.conf'), 'utf8'), 'nameserver 127.0.0.1\n')
    assert.deepEqual(machine.commands, ['restart it', 'start stub'])
    const undone = await uninstall(machine)
    assert.deepEqual(undone?.problems, [])
    assert.deepEqual(await readTree(machine.root), former)
    assert.deepEqual(machine.commands.slice(2), ['stop stub', 'restart it'])
    assert.equal(await uninstall(machine), undefined)
  }))

test('the state directory has no secret text, and is for its owner alone', () =>
  withMachine(before, async (machine) => {
    await install(plan, machine)
    const tree = await readTree(join(machine.root, 'var/lib'))
    for (const [path, entry] of Object.entries(tree)) {
      const [mode = '', , content = ''] = entry.split(' ')
      assert.match(mode, /^[67]00$/, path)
      assert.doesNotMatch(Buffer.from(content, 'base64').toString(), /a-token/, path)
    }
  }))

test('the same installation twice changes nothing', () =>
  withMachine(before, async (machine) => {
    await install(plan, machine)
    const [tree, commands] = [await readTree(machine.root), [...machine.commands]]
    assert.equal(await install(plan, machine), 'unchanged')
    assert.deepEqual(await readTree(machine.root), tree)
    assert.deepEqual(machine.commands, commands)
  }))

test('another plan replaces the first, whose traces it does not leave', () =>
  withMachine(before, async (machine) => {
    const former = await readTree(machine.root)
    await install(plan, machine)
    assert.equal(await install(other, machine), 'installed')
    assert.equal(await readFile(join(machine.root, 'etc/resolv.conf'), 'utf8'), 'nameserver 127.0.0.2\n')
    assert.equal('etc/made' in (await readTree(machine.root)), false)
    await uninstall(machine)
    assert.deepEqual(await readTree(machine.root), former)
  }))

test('a file that somebody changed is reported, and neither overwritten nor removed', () =>
  withMachine(before, async (machine) => {
    const path = join(machine.root, 'etc/resolv.conf')
    await install(plan, machine)
    await writeFile(path, 'nameserver 192.0.2.99\n')
    await assert.rejects(
      install(plan, machine),
      (error) =>
        error instanceof InstallError &&
        error.code === 'INSTALL_CHANGED' &&
        /resolv\.conf/.test(error.message),
    )
    const undone = await uninstall(machine)
    assert.equal(await readFile(path, 'utf8'), 'nameserver 192.0.2.99\n')
    assert.match(
      undone?.problems.join() ?? '',
      /^\/etc\/resolv\.conf was changed since .* is in \/var\/lib\/kubedoh\/connect\/kept\/resolv\.conf$/,
    )
    assert.equal(
      await readFile(join(machine.root, 'var/lib/kubedoh/connect/kept/resolv.conf'), 'utf8'),
      before['/etc/resolv.conf'],
    )
  }))

test('files that somebody removed are put back by an installation, and no error for its undoing', () =>
  withMachine(before, async (machine) => {
    const former = await readTree(machine.root)
    await install(plan, machine)
    await machine.disk.remove('/etc/made/zones.conf')
    await machine.disk.remove('/etc/resolv.conf')
    assert.equal(await install(plan, machine), 'installed')
    await machine.disk.remove('/etc/made/zones.conf')
    await machine.disk.remove('/etc/resolv.conf')
    assert.deepEqual((await uninstall(machine))?.problems, [])
    assert.deepEqual(await readTree(machine.root), former)
  }))

test('a command that fails, or is missing, undoes all steps before it', async () => {
  for (const [code, isMissing] of [
    [3, false],
    [undefined, true],
  ] as const)
    await withMachine(
      before,
      async (machine) => {
        const former = await readTree(machine.root)
        await assert.rejects(
          install(plan, machine),
          (error) =>
            error instanceof InstallError &&
            error.code === 'INSTALL_COMMAND' &&
            error.message ===
              `\`start stub\` failed (${isMissing ? 'the program is missing' : 'no such unit'}); everything is as it was before`,
        )
        assert.deepEqual(await readTree(machine.root), former)
      },
      ([word]) =>
        word === 'start'
          ? { code, isMissing, output: 'no such unit' }
          : { code: 0, isMissing: false, output: '' },
    )
})

test('a command that may be tried again is, until it succeeds or its time is over', async () => {
  const steps = [{ kind: 'command', run: { argv: ['ask', 'stub'], tryForMs: 2_000 } }] as const
  for (const [failures, isInstalled] of [
    [3, true],
    [9, false],
  ] as const) {
    let count = 0
    await withMachine(
      before,
      async (machine) => {
        const outcome = install({ ...plan, steps }, machine)
        if (isInstalled) assert.equal(await outcome, 'installed')
        else await assert.rejects(outcome, { code: 'INSTALL_COMMAND' })
        assert.equal(count, isInstalled ? 4 : 5)
      },
      () => ({ code: count++ < failures ? 1 : 0, isMissing: false, output: '' }),
    )
  }
})

test('a signal ends an installation between two steps, and everything is as before', () =>
  withMachine(before, async (machine) => {
    const former = await readTree(machine.root)
    const ending = new AbortController()
    const run: typeof machine.run = async (argv) => {
      ending.abort()
      return machine.run(argv)
    }
    await assert.rejects(install(plan, { ...machine, run, signal: ending.signal }), {
      code: 'INSTALL_INTERRUPTED',
    })
    assert.deepEqual(await readTree(machine.root), former)
  }))

test('a link or directory in the place of a file is not replaced', () =>
  withMachine(before, async (machine) => {
    await symlink('keep.conf', join(machine.root, 'etc/link.conf'))
    const former = await readTree(machine.root)
    for (const path of ['/etc/link.conf', '/etc'])
      await assert.rejects(
        install({ ...plan, steps: [...plan.steps, plainFile(path, ['x'])] }, machine),
        (error) => error instanceof InstallError && error.code === 'INSTALL_FILE',
      )
    assert.deepEqual(await readTree(machine.root), former)
  }))

test('a damaged journal, and that of a newer release, are reported', () =>
  withMachine({ '/var/lib/kubedoh/connect/journal.json': '{"version":2,"entries":[]}' }, async (machine) => {
    for (const text of ['{"version":2,"entries":[],"parts":[]}', 'nonsense', '[]']) {
      await writeFile(join(machine.root, 'var/lib/kubedoh/connect/journal.json'), text)
      await assert.rejects(uninstall(machine), { code: 'INSTALL_JOURNAL' })
      await assert.rejects(install(plan, machine), { code: 'INSTALL_JOURNAL' })
    }
  }))

for (const [name, first] of [
  ['an installation', undefined],
  ['the replacement of another installation', other],
] as const)
  test(`${name}, killed at each change, is undone or completed`, async () => {
    let deaths = 0
    for (let at = 0; ; at++) {
      const isDead = await withMachine(before, async (machine) => {
        const former = await readTree(machine.root)
        if (first) await install(first, machine)
        const victim = dying(machine, at)
        const outcome = await Promise.race([install(plan, victim.machine), victim.died])
        await uninstall(machine)
        assert.deepEqual(await readTree(machine.root), former, `killed at change ${at}`)
        return outcome === 'died'
      })
      await withMachine(before, async (machine) => {
        const former = await readTree(machine.root)
        if (first) await install(first, machine)
        const victim = dying(machine, at)
        await Promise.race([install(plan, victim.machine), victim.died])
        await install(plan, machine)
        const installed = await readTree(machine.root)
        await uninstall(machine)
        assert.deepEqual(await readTree(machine.root), former, `killed at change ${at}`)
        await install(plan, machine)
        assert.deepEqual(installed, await readTree(machine.root), `completed after change ${at}`)
      })
      if (!isDead) break
      deaths++
    }
    assert.ok(deaths > 20, `${deaths} deaths`)
  })

test('the undoing of an installation, killed at each change, is completed', async () => {
  let deaths = 0
  for (let at = 0; ; at++) {
    const isDead = await withMachine(before, async (machine) => {
      const former = await readTree(machine.root)
      await install(plan, machine)
      const victim = dying(machine, at)
      const outcome = await Promise.race([uninstall(victim.machine), victim.died])
      assert.deepEqual((await uninstall(machine))?.problems ?? [], [])
      assert.deepEqual(await readTree(machine.root), former, `killed at change ${at}`)
      return outcome === 'died'
    })
    if (!isDead) break
    deaths++
  }
  assert.ok(deaths > 8, `${deaths} deaths`)
})
