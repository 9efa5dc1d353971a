import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../options/option-table.ts'
import { forwardChoice } from './forward-options.ts'

const listen = { host: '127.0.0.1', port: 5355 }

test('without options, other names are refused and the resolvers are those of the system', () => {
  assert.deepEqual(forwardChoice({ mode: undefined, resolver: [], bridge: undefined }, listen), {
    mode: 'zones',
    resolvers: [],
    bridge: undefined,
  })
})

test('resolvers with and without a port, and the address for containers', () => {
  assert.deepEqual(
    forwardChoice(
      {
        mode: 'forward',
        resolver: ['192.0.2.1', '[2001:db8::1]:54', '127.0.0.1:54'],
        bridge: '172.31.255.1',
      },
      listen,
    ),
    {
      mode: 'forward',
      resolvers: [
        { address: '192.0.2.1', port: 53 },
        { address: '2001:db8::1', port: 54 },
        { address: '127.0.0.1', port: 54 },
      ],
      bridge: '172.31.255.1',
    },
  )
})

for (const [values, message] of [
  [{ mode: 'all', resolver: [], bridge: undefined }, /--mode is "all", it must be zones or forward/],
  [
    { mode: 'forward', resolver: ['dns.example.com'], bridge: undefined },
    /--resolver is "dns.example.com", it must be an address/,
  ],
  [
    { mode: 'forward', resolver: ['127.0.0.1:5355'], bridge: undefined },
    /--resolver is 127.0.0.1:5355, where the stub itself listens/,
  ],
  [
    { mode: 'zones', resolver: [], bridge: '8.8.8.8' },
    /--bridge is 8\.8\.8\.8, which is not an address of a private network/,
  ],
] as const)
  test(`${JSON.stringify(values)} is a wrong command line`, () => {
    assert.throws(
      () => forwardChoice(values, listen),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
