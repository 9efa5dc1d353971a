import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { dnsmasqLines } from '../../setup/profiles/dnsmasq-lines.ts'
import { plainLinux, route } from '../facts.case.ts'
import { planDnsmasq } from './dnsmasq.ts'

const dnsmasq = { isActive: true, isInstalled: true, directory: '/etc/dnsmasq.d' }
const exec = promisify(execFile)

test('a file in its directory sends the zones to the stub, and exempts them from the protection against rebinding', () => {
  const { steps, mode } = planDnsmasq({ ...plainLinux, dnsmasq }, route)
  assert.equal(mode, 'zones')
  const [file] = steps.filter((step) => step.kind === 'file')
  assert.equal(file?.path, '/etc/dnsmasq.d/kubedoh.conf')
  assert.deepEqual(file.text.split('\n').slice(1), [
    'server=/cluster.local/127.0.0.1#5300',
    'server=/k8s.example.com/127.0.0.1#5300',
    'server=/96.10.in-addr.arpa/127.0.0.1#5300',
    'server=/0.0.0.0.0.1.0.0.0.0.d.f.ip6.arpa/127.0.0.1#5300',
    'rebind-domain-ok=/cluster.local/',
    'rebind-domain-ok=/k8s.example.com/',
    '',
  ])
})

test('dnsmasq that reads no directory is refused with the line that is missing', () => {
  assert.throws(() => planDnsmasq({ ...plainLinux, dnsmasq: { ...dnsmasq, directory: undefined } }, route), {
    code: 'OPTION_SYSTEM',
    message: /add the line conf-dir=/,
  })
})

test('dnsmasq accepts the file', async (t) => {
  const check = async (lines: readonly string[]): Promise<string> => {
    const child = exec('dnsmasq', ['--test', '--conf-file=-'])
    child.child.stdin?.end(`${lines.join('\n')}\n`)
    return (await child).stderr
  }
  try {
    await exec('dnsmasq', ['--version'])
  } catch {
    t.skip('dnsmasq is not installed')
    return
  }
  for (const host of ['127.0.0.1', '::1'])
    assert.match(
      await check(dnsmasqLines(route.zones, route.reverse, { host, port: 5053 })),
      /syntax check OK/,
    )
  await assert.rejects(check(['servr=/cluster.local/127.0.0.1#5300']))
})
