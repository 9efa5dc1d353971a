import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerDefaults, parseCallerConfig } from './caller-config.ts'
import { ConfigError } from './config-fields.ts'

test('without fields, the defaults apply', () => {
  assert.deepEqual(parseCallerConfig({}), callerDefaults)
})

test('limits that are not given keep their defaults, and 0 is none', () => {
  const { limits } = parseCallerConfig({ limits: { anonymous: 0, failure: 0.5 } })
  assert.deepEqual(limits, { ...callerDefaults.limits, anonymous: 0, failure: 0.5 })
})

test('origins, proxies and the audit log are read', () => {
  assert.equal(parseCallerConfig({ cors: '*' }).cors, '*')
  assert.deepEqual(parseCallerConfig({ cors: ['https://app.example.com'] }).cors, ['https://app.example.com'])
  assert.deepEqual(parseCallerConfig({ cors: [] }).cors, [])
  assert.equal(
    parseCallerConfig({ trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] }).trustedProxies.length,
    2,
  )
  assert.equal(parseCallerConfig({ forwardedHeader: 'forwarded' }).forwardedHeader, 'forwarded')
  assert.deepEqual(parseCallerConfig({ audit: { sample: 0.01 } }).audit, { sample: 0.01, names: false })
  assert.deepEqual(parseCallerConfig({ audit: { names: true } }).audit, { sample: 1, names: true })
})

test('a faulty field is named', () => {
  const faults: [Record<string, unknown>, string][] = [
    [{ trustedProxies: ['10.0.0.1'] }, 'trustedProxies[0]'],
    [{ trustedProxies: '10.0.0.0/8' }, 'trustedProxies'],
    [{ forwardedHeader: 'x-real-ip' }, 'forwardedHeader'],
    [{ limits: { tokens: 1 } }, 'limits.tokens'],
    [{ limits: { token: -1 } }, 'limits.token'],
    [{ limits: { token: '5' } }, 'limits.token'],
    [{ limits: { token: 2e6 } }, 'limits.token'],
    [{ cors: true }, 'cors'],
    [{ cors: ['https://app.example.com/'] }, 'cors[0]'],
    [{ cors: ['app.example.com'] }, 'cors[0]'],
    [{ audit: true }, 'audit'],
    [{ audit: { sample: 1.5 } }, 'audit.sample'],
    [{ audit: { names: 'yes' } }, 'audit.names'],
  ]
  for (const [fields, path] of faults) {
    assert.throws(
      () => parseCallerConfig(fields),
      (error) => error instanceof ConfigError && error.path === path,
      JSON.stringify(fields),
    )
  }
})
