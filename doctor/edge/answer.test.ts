import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reply, type TestWorld, testCases, testFacts, testPorts } from '../ports.case.ts'
import { answerCheck } from './answer.ts'

const name = 'web.default.svc.cluster.local'
const a = (response: ReturnType<typeof reply>, asked = name): TestWorld => ({
  edge: { [`${asked} A`]: response, [`${asked} AAAA`]: reply('NOERROR') },
})

testCases(answerCheck, [
  ['an address', a(reply('NOERROR', [`${name} A 10.96.0.10`])), 'ok'],
  ['no name, and no address of the default', {}, 'fallback', { name: undefined }],
  [
    'no name, and an address of the default',
    a(reply('NOERROR', ['k A 10.96.0.1']), 'kubernetes.default.svc.cluster.local'),
    'ok',
    { name: undefined },
  ],
  ['a short name', a(reply('REFUSED'), 'web.default'), 'short', { name: 'web.default' }],
  ['a name outside', a(reply('REFUSED'), 'a.b.example.com'), 'outside', { name: 'a.b.example.com' }],
  ['a missing name', {}, 'missing'],
  ['an alias without addresses', a(reply('NOERROR', [`${name} CNAME www.example.com`])), 'noAddress'],
  [
    'an answer that is withheld',
    a(reply('SERVFAIL', [], { code: 22, text: 'the name may exist by now' })),
    'withheld',
  ],
  ['no response', { edge: { [`${name} A`]: { failed: 'TIMEOUT', reason: 'no answer' } } }, 'failed'],
])

test('aliases are followed in their order, and addresses of both families are kept once', async () => {
  const records = [
    `${name} CNAME b.cluster.local`,
    'b.cluster.local CNAME c.example.com',
    'c.example.com A 192.0.2.7',
  ]
  const world = {
    edge: {
      [`${name} A`]: reply('NOERROR', records),
      [`${name} AAAA`]: reply('NOERROR', ['c.example.com AAAA 2001:DB8::7']),
    },
  }
  const { finding, learned } = await answerCheck.run(testFacts(), testPorts(world))
  assert.deepEqual(learned.answer?.chain, [name, 'b.cluster.local', 'c.example.com'])
  assert.deepEqual(learned.answer?.addresses, ['192.0.2.7', '2001:db8::7'])
  assert.match(finding.text, /web.* → b.* → c.*: 192\.0\.2\.7, 2001:db8::7/)
})

test('a short name gets an example of a whole one', async () => {
  for (const [short, whole] of [
    ['web', 'web.default.svc.cluster.local'],
    ['web.prod', 'web.prod.svc.cluster.local'],
    ['web.prod.svc', 'web.prod.svc.cluster.local'],
  ] as const) {
    const outcome = await answerCheck.run(testFacts({ name: short }), testPorts(a(reply('REFUSED'), short)))
    assert.ok(outcome.finding.remedy?.includes(whole), outcome.finding.remedy)
  }
})
