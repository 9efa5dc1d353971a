import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCidr } from '../../../dns/cidr.ts'
import { callerDefaults } from '../../../worker/caller-config.ts'
import { readOptions, UsageError } from '../option-table.ts'
import { callerOptions, withCallerOptions } from './caller-options.ts'

const withOptions = (...args: string[]): typeof callerDefaults =>
  withCallerOptions(callerDefaults, readOptions(callerOptions, args, {}).values)

test('without options the configuration stays', () => {
  assert.deepEqual(withOptions(), callerDefaults)
})

test('options replace single limits, and the list of proxies', () => {
  const { limits, trustedProxies } = withOptions('--limit-token', '0', '--trusted-proxy', '10.0.0.0/8')
  assert.deepEqual(limits, { ...callerDefaults.limits, token: 0 })
  assert.equal(withOptions('--limit-ingest-bytes', '65536').limits.ingestBytes, 65_536)
  assert.deepEqual(trustedProxies.map(formatCidr), ['10.0.0.0/8'])
})

test('a fault names the option', () => {
  const faults: [string[], RegExp][] = [
    [['--limit-anonymous', '1000001'], /^--limit-anonymous: not a number of requests per second/],
    [['--limit-ingest-bytes', '2000000000'], /^--limit-ingest-bytes: not a number of bytes per second/],
    [['--trusted-proxy', '10.0.0.1'], /^--trusted-proxy: "10.0.0.1" is not an address range/],
  ]
  for (const [args, message] of faults) {
    assert.throws(
      () => withOptions(...args),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  }
})
