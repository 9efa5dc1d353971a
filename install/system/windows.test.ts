import assert from 'node:assert/strict'
import { test } from 'node:test'
import { route } from '../facts.case.ts'
import { parseScript } from './parse-powershell.case.ts'
import { planWindows } from './windows.ts'

const port53 = { ...route, port: 53 }
const policyKey = "'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient\\DnsPolicyConfig'"
const localKey = "'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig'"

test('the rule has a namespace with a leading dot for each zone, in the local key and in that of the policy', async () => {
  const [step, ...others] = planWindows(port53).steps
  assert.deepEqual(others, [])
  assert.ok(step?.kind === 'command')
  const { commands, texts } = await parseScript(step.run)
  for (const zone of [...route.zones, ...route.reverse]) assert.ok(texts.includes(`'.${zone}'`), zone)
  for (const key of [policyKey, localKey]) assert.ok(texts.includes(key), key)
  assert.ok(texts.includes("'127.0.0.1'"))
  for (const name of ['New-Item', 'New-ItemProperty', 'Test-Path', 'Clear-DnsClientCache'])
    assert.ok(commands.includes(name), name)
})

test('undoing removes the rule from both keys, and writes nothing', async () => {
  const [step] = planWindows(port53).steps
  const { commands, texts } = await parseScript(step?.kind === 'command' ? step.undo : undefined)
  for (const key of [policyKey, localKey]) assert.ok(texts.includes(key), key)
  assert.ok(commands.includes('Remove-Item'))
  assert.ok(!commands.some((name) => name.startsWith('New-')))
})

test('a port other than 53 is refused', () => {
  assert.throws(() => planWindows(route), { code: 'OPTION_SYSTEM', message: /--listen 127\.0\.0\.1:53$/ })
})

test('search domains are refused, with the place where people set them', () => {
  assert.throws(() => planWindows({ ...route, port: 53, search: ['svc.cluster.local'] }), /SuffixSearchList/)
})
