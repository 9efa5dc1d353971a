import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePolicy } from '../../sync/policy/parse.ts'
import { allowedNetworks } from './allow-option.ts'

test('ranges are a policy in which each of them has all namespaces', async () => {
  assert.equal(allowedNetworks([], { forward: false }), undefined)
  const origin = allowedNetworks(['10.0.0.0/8', 'FD00::/8', '10.0.0.0/8', '192.0.2.1/32', '::/0'], {
    forward: true,
  })
  assert.ok(origin?.kind === 'text')
  const read = await parsePolicy(origin.text)
  assert.ok('policy' in read)
  const scope = { kind: 'all' }
  assert.deepEqual(read.policy, {
    tokens: [],
    minting: [],
    networks: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1/32', '::/0'].map((cidr) => ({
      ...{ cidr, scope, forward: true },
    })),
    anonymous: null,
  })
})

const wrong = [
  ['10.0.0.1', /--allow is "10\.0\.0\.1", it must be an address range .* 10\.1\.2\.3\/32 for one address/],
  ['10.0.0.0/33', /it must be an address range/],
  ['::ffff:10.0.0.0/104', /it must be an address range/],
  ['', /it must be an address range/],
  ['10.1.2.3/8', /bits set after its prefix; write it as 10\.0\.0\.0\/8$/],
  ['fd00::1/64', /write it as fd00::\/64$/],
] as const

for (const [text, problem] of wrong)
  test(`wrong: "${text}"`, () => {
    assert.throws(() => allowedNetworks(['10.0.0.0/8', text], { forward: false }), {
      name: 'UsageError',
      message: problem,
    })
  })
