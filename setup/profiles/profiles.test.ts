import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsWith, sampleFacts } from './facts.case.ts'
import { profiles } from './profiles.ts'

test('each format has an id and a file name of its own', () => {
  for (const field of ['id', 'fileName'] as const) {
    const values = profiles.map((profile) => profile[field])
    assert.equal(new Set(values).size, values.length, field)
    for (const value of values) assert.match(value, /^[a-z0-9][a-z0-9.-]+$/)
  }
})

test('each format says what it does, how to install it and how to undo it', () => {
  for (const { id, does, install, undo, limits, systems } of profiles) {
    for (const sentence of [does, install, undo, ...limits(sampleFacts)])
      assert.match(sentence, /^\S.*\.$/, `${id}: ${sentence}`)
    assert.ok(systems.length > 0, id)
  }
})

test('the same facts give the same text, which ends with a line', async () => {
  for (const { id, write, unfit } of profiles) {
    assert.equal(unfit(sampleFacts), undefined, id)
    const text = await write(sampleFacts)
    assert.equal(await write(sampleFacts), text)
    assert.match(text, /[^\n]\r?\n$/, id)
  }
})

test('files with comments say in themselves how to undo them, and when the token ends', async () => {
  for (const { id, write, undo } of profiles) {
    const text = await write(sampleFacts)
    if (!text.startsWith('#')) continue
    assert.ok(text.includes(`# Undo: ${undo}`), id)
    assert.equal(text.includes('2027-03-01'), id !== 'github-actions', id)
    const endless = await write(factsWith({ expires: null }))
    assert.ok(!endless.includes('stops working'), id)
  }
})

test('only formats that ask the edge themselves contain the token', async () => {
  const token = 'abcdefghijklmnopqrstuvwx23'
  for (const { id, write } of profiles) {
    const asksItself = ['mobileconfig', 'powershell', 'dnsproxy', 'firefox', 'chromium'].includes(id)
    assert.equal((await write(sampleFacts)).includes(token), asksItself, id)
  }
})

test('an edge without https, and one with zones under .local alone, has no profiles that need more', () => {
  const unfit = (facts: typeof sampleFacts): string[] =>
    profiles.filter((profile) => profile.unfit(facts) !== undefined).map(({ id }) => id)
  assert.deepEqual(unfit({ ...sampleFacts, dohUrl: 'http://127.0.0.1:8053/dns-query' }), [
    'mobileconfig',
    'powershell',
    'firefox',
    'chromium',
    'stamp',
    'qr',
  ])
  const local = [{ name: 'cluster.local', cluster: 'prod', primary: true }]
  assert.deepEqual(unfit(factsWith({ zones: local })), ['mobileconfig', 'firefox', 'chromium'])
  assert.deepEqual(unfit({ ...sampleFacts, dnsServers: [] }), ['tailscale'])
  const nothing = factsWith({ zones: [], reverse: [] })
  assert.deepEqual(
    unfit(nothing),
    profiles.map(({ id }) => id).filter((id) => id !== 'stamp' && id !== 'qr'),
  )
})
