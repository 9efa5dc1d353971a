import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainLinux, route } from '../facts.case.ts'
import type { Facts } from '../facts.ts'
import { planNetworkManager } from './networkmanager.ts'

const machine = (main: string, isInstalled = true): Facts => ({
  ...plainLinux,
  networkManager: {
    isActive: true,
    config: [{ path: '/etc/NetworkManager/NetworkManager.conf', text: `[main]\n${main}\n` }],
  },
  dnsmasq: { isActive: false, isInstalled, directory: undefined },
})
const filesOf = (facts: Facts): string[] =>
  planNetworkManager(facts, route).steps.flatMap((step) => (step.kind === 'file' ? [step.path] : []))

test('with dns=dnsmasq its dnsmasq gets a file, and its DNS is started again without touching connections', () => {
  const { steps, mode } = planNetworkManager(machine('dns=dnsmasq'), route)
  assert.equal(mode, 'zones')
  const [file, ...others] = steps.filter((step) => step.kind === 'file')
  assert.deepEqual(others, [])
  assert.equal(file?.path, '/etc/NetworkManager/dnsmasq.d/kubedoh.conf')
  assert.match(file.text, /^server=\/cluster\.local\/127\.0\.0\.1#5300$/m)
  const reload = { argv: ['nmcli', 'general', 'reload', 'dns-full'] }
  assert.deepEqual(steps.at(0), { kind: 'command', undo: reload })
  assert.deepEqual(steps.at(-1), { kind: 'command', run: reload })
})

test('where NetworkManager writes resolv.conf itself, it is switched to dnsmasq', () => {
  for (const main of ['', 'dns=default']) {
    assert.deepEqual(filesOf(machine(main)), [
      '/etc/NetworkManager/dnsmasq.d/kubedoh.conf',
      '/etc/NetworkManager/conf.d/zz-kubedoh.conf',
    ])
    const words = planNetworkManager(machine(main), route).steps.map((step) =>
      step.kind === 'command'
        ? `${step.run ? 'run' : 'undo'} ${(step.run ?? step.undo)?.argv.at(-1)}`
        : step.kind,
    )
    // Undone from the last to the first: the configuration is read before DNS starts again, in both directions.
    assert.deepEqual(words, [
      'undo dns-full',
      'undo conf',
      'directory',
      'file',
      'file',
      'run conf',
      'run dns-full',
    ])
  }
})

test('without dnsmasq, and where another program has the names, it is refused', () => {
  assert.throws(() => planNetworkManager(machine('dns=dnsmasq', false), route), {
    code: 'OPTION_SYSTEM',
    message: /install it/,
  })
  for (const plugin of ['none', 'systemd-resolved'])
    assert.throws(() => planNetworkManager(machine(`dns=${plugin}`), route), {
      code: 'OPTION_SYSTEM',
      message: new RegExp(`dns=${plugin}`),
    })
})

test('search domains belong to connections, and the refusal says how to add them', () => {
  const facts = { ...plainLinux, dnsmasq: { isActive: false, isInstalled: true, directory: undefined } }
  assert.throws(
    () => planNetworkManager(facts, { ...route, search: ['svc.cluster.local'] }),
    /leave --search out, and run `nmcli connection modify ID \+ipv4\.dns-search svc\.cluster\.local`/,
  )
})
