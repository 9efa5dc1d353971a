import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, endpoint, namespace, service, slice } from '../dig.ts'
import { createRandom } from '../seeded-random.ts'

/* More addresses than fit 3,000 bytes, without OPT in the query: the row `subset-without-edns` of docs/dns.md. */

const count = 500
const name = 'big.x.svc.cluster.local'
const endpoints = Array.from({ length: count }, (_, index) =>
  endpoint(`10.244.${index >> 8}.${index & 0xff}`),
)
const at = await dig([
  { objects: [namespace('x'), service('x/big', { clusterIP: 'None' }), slice('x/big', endpoints)] },
])
const { next } = createRandom(1)
Object.assign(at.edge, { random: next })

test('with OPT the answer has all addresses', async () => {
  const { answers } = await at.ask(`${name} A`).read()
  assert.equal(new Set(answers).size, count)
})

test('without OPT each answer has another random subset, and every address occurs', async () => {
  const drawn = new Map<string, number>()
  const fits = Math.floor((3_000 - 12 - (name.length + 2) - 4) / 16)
  const draws = 60
  const firsts = new Set<string>()
  for (let draw = 0; draw < draws; draw++) {
    const { answers, response } = await at.ask(`${name} A`, { edns: false }).read()
    assert.ok(response.body.length <= 3_000)
    assert.equal(answers.length, fits)
    assert.equal(new Set(answers).size, fits)
    firsts.add(answers[0] ?? '')
    for (const line of answers) drawn.set(line, (drawn.get(line) ?? 0) + 1)
  }
  assert.equal(drawn.size, count)
  // Each is in 22 of 60 answers on average, with a standard deviation of 4.
  for (const [line, times] of drawn) assert.ok(times >= 4 && times <= 45, `${line} occurred ${times} times`)
  assert.ok(firsts.size > draws / 2)
})
