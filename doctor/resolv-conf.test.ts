import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNameservers } from './resolv-conf.ts'

test('nameservers are addresses, in their order; comments and other lines are left out', () => {
  const text =
    '# nameserver 192.0.2.1\nsearch lan\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nnameserver x\n'
  assert.deepEqual(readNameservers(text), ['127.0.0.53', 'fe80::1%eth0'])
})
