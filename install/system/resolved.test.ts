import assert from 'node:assert/strict'
import { test } from 'node:test'
import { route, withResolved } from '../facts.case.ts'
import type { ConfigFile, Facts } from '../facts.ts'
import { globalServers, planResolved, resolvedDropIn } from './resolved.ts'

const withConfig = (...config: readonly ConfigFile[]): Facts => ({
  ...withResolved,
  resolved: { ...withResolved.resolved, config },
})
const main = (text: string): ConfigFile => ({ path: '/etc/systemd/resolved.conf', text })

test('the drop-in has the stub as server, and a routing domain for each zone and reverse zone', () => {
  const { steps, mode, notes } = planResolved(withResolved, route)
  assert.equal(mode, 'zones')
  assert.match(notes.join('\n'), /also asks the stub for other names/)
  const [file] = steps.filter((step) => step.kind === 'file')
  assert.equal(file?.path, resolvedDropIn)
  assert.deepEqual(file.text.split('\n').slice(1), [
    '[Resolve]',
    'DNS=127.0.0.1:5300',
    'Domains=~cluster.local ~k8s.example.com ~96.10.in-addr.arpa ~0.0.0.0.0.1.0.0.0.0.d.f.ip6.arpa',
    '',
  ])
})

test('resolved is restarted after the file is written, and after it is removed', () => {
  const { steps } = planResolved(withResolved, route)
  const restart = { argv: ['systemctl', 'restart', 'systemd-resolved.service'] }
  assert.deepEqual(steps.at(0), { kind: 'command', undo: restart })
  assert.deepEqual(steps.at(-1), { kind: 'command', run: restart })
})

test('an IPv6 address is spelled as resolved.conf wants it', () => {
  const textOf = (host: string, port: number): string =>
    planResolved(withResolved, { ...route, host, port })
      .steps.flatMap((step) => (step.kind === 'file' ? step.text : []))
      .join()
  assert.match(textOf('::1', 5300), /^DNS=\[::1\]:5300$/m)
  assert.match(textOf('127.0.0.2', 53), /^DNS=127\.0\.0\.2$/m)
})

test('more reverse zones than resolved reads are left out, and a note says so', () => {
  const reverse = Array.from({ length: 250 }, (_, index) => `${index}.10.in-addr.arpa`)
  const { steps, notes } = planResolved(withResolved, { ...route, reverse })
  const text = steps.flatMap((step) => (step.kind === 'file' ? step.text : [])).join()
  assert.equal(text.match(/~/g)?.length, 200)
  assert.match(notes.join(), /only 198 of 250 reverse zones/)
})

test('a link that has one of the zones, such as that of a VPN, is named', () => {
  const linkDomains = [
    { link: 'tun0', domain: 'cluster.local' },
    { link: 'wlan0', domain: 'home.example' },
  ]
  const { notes } = planResolved(
    { ...withResolved, resolved: { ...withResolved.resolved, linkDomains } },
    route,
  )
  assert.match(notes.join('\n'), /tun0 has the domain cluster\.local/)
  assert.doesNotMatch(notes.join('\n'), /wlan0/)
})

test('another global server is refused, wherever it is configured', () => {
  const bad: readonly ConfigFile[][] = [
    [main('[Resolve]\nDNS=192.0.2.1\n')],
    [main('[Resolve]\n  DNS = 192.0.2.1 192.0.2.2\n')],
    [main(''), { path: '/run/systemd/resolved.conf.d/a.conf', text: '[Resolve]\nDNS=\\\n192.0.2.1\n' }],
    [main('[Resolve]\nDNS=192.0.2.1\n[Other]\nDNS=\n')],
  ]
  for (const config of bad)
    assert.throws(() => planResolved(withConfig(...config), route), {
      code: 'OPTION_SYSTEM',
      message: /has DNS=192\.0\.2\.1: systemd-resolved has one pool of global servers/,
    })
  const good: readonly ConfigFile[][] = [
    [main('[Resolve]\n#DNS=192.0.2.1\n;DNS=192.0.2.1\nFallbackDNS=192.0.2.1\n')],
    [main('[Resolve]\nDNS=192.0.2.1\nDNS=\n')],
    [main('[Other]\nDNS=192.0.2.1\n')],
    [
      main('[Resolve]\nDNS=192.0.2.1\n'),
      { path: '/etc/systemd/resolved.conf.d/z.conf', text: '[Resolve]\nDNS=\n' },
    ],
    [{ path: resolvedDropIn, text: '[Resolve]\nDNS=127.0.0.1:5399\n' }],
  ]
  for (const config of good)
    assert.deepEqual(
      globalServers({ config }).filter(({ path }) => path !== resolvedDropIn),
      [],
    )
  for (const config of good) planResolved(withConfig(...config), route)
})

test('a resolv.conf with servers that resolved would read is refused, but not one that it writes', () => {
  const resolvConf = { text: 'nameserver 192.0.2.1\n', place: '/etc/resolv.conf', isMounted: false }
  assert.throws(() => planResolved({ ...withResolved, resolvConf }, route), {
    code: 'OPTION_SYSTEM',
    message: /nameserver 192\.0\.2\.1, which systemd-resolved reads/,
  })
  planResolved(
    { ...withResolved, resolvConf: { ...resolvConf, place: '/run/systemd/resolve/resolv.conf' } },
    route,
  )
})

test('DNS over TLS for all servers, and links without a server, are refused', () => {
  for (const value of ['yes', 'true', '1'])
    assert.throws(() => planResolved(withConfig(main(`[Resolve]\nDNSOverTLS=${value}\n`)), route), {
      code: 'OPTION_SYSTEM',
      message: /DNSOverTLS=yes/,
    })
  planResolved(withConfig(main('[Resolve]\nDNSOverTLS=opportunistic\nDNSSEC=yes\n')), route)
  const resolved = { ...withResolved.resolved, hasLinkServer: false }
  assert.throws(() => planResolved({ ...withResolved, resolved }, route), {
    code: 'OPTION_SYSTEM',
    message: /no link has a nameserver/,
  })
})

test('a search domain has no ~, and is not a routing domain as well, which would undo it', () => {
  const search = ['default.svc.cluster.local', 'cluster.local']
  const { steps, notes } = planResolved(withResolved, { ...route, search })
  const text = steps.flatMap((step) => (step.kind === 'file' ? step.text : [])).join()
  assert.match(
    text,
    /^Domains=default\.svc\.cluster\.local cluster\.local ~k8s\.example\.com ~96\.10\.in-addr\.arpa /m,
  )
  assert.match(
    notes[0] ?? '',
    /under default\.svc\.cluster\.local and cluster\.local as well; .*usual resolver sees it/,
  )
})
