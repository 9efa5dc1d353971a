import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions, UsageError } from './option-table.ts'
import { policyMode, policyOptions, policyOrigin } from './policy-option.ts'

const valuesOf = (...args: readonly string[]) => readOptions(policyOptions, args, {}).values

test('files, or objects of the cluster, or nothing', () => {
  assert.equal(policyOrigin(valuesOf()), undefined)
  assert.deepEqual(policyOrigin(valuesOf('--policy', 'a', '--policy', 'b', '--policy', 'a')), {
    ...{ kind: 'files', files: ['a', 'b'] },
  })
  assert.deepEqual(policyOrigin(valuesOf('--policy-secret', 'ns/s', '--policy-configmap', 'ns/a.b')), {
    kind: 'objects',
    places: [
      { kind: 'ConfigMap', namespace: 'ns', name: 'a.b' },
      { kind: 'Secret', namespace: 'ns', name: 's' },
    ],
  })
})

test('the mode of the agent', () => {
  assert.equal(policyMode(valuesOf()), 'none')
  assert.equal(policyMode(valuesOf('--drop-policy')), 'dropped')
  for (const args of [
    ['--policy', 'a'],
    ['--policy-configmap', 'a/b'],
    ['--policy-secret', 'a/b'],
  ])
    assert.equal(policyMode(valuesOf(...args)), 'given')
})

const wrong: readonly (readonly [args: readonly string[], problem: RegExp])[] = [
  [['--policy', 'a', '--policy-configmap', 'a/b'], /exclude each other/],
  [['--policy', 'a', '--drop-policy'], /--drop-policy and an access policy exclude each other/],
  [['--policy-configmap', 'access'], /--policy-configmap is "access", it must be NAMESPACE\/NAME/],
  [['--policy-secret', 'a/b/c'], /--policy-secret/],
  [['--policy-secret', 'a/B'], /--policy-secret/],
  [['--policy-secret', `a/${'b'.repeat(254)}`], /--policy-secret/],
]

for (const [args, problem] of wrong)
  test(`wrong: ${args.join(' ').slice(0, 60)}`, () => {
    assert.throws(
      () => policyOrigin(valuesOf(...args)),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.match(error.message, problem)
        return true
      },
    )
  })
