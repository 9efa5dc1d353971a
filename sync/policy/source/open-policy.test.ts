import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../clock.ts'
import { openPolicy, policyPlaces, readPolicyOnce } from './open-policy.ts'

const log = { info: () => {}, warn: () => {} }
const labelled = 'version: 1\nanonymous: {namespaceLabels: "!secret"}\n'

async function fileWith(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-policy-'))
  t.after(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'policy.yaml'), text)
  return join(dir, 'policy.yaml')
}

test('labels are resolved only by an agent that reads Namespaces', async (t) => {
  const file = await fileWith(t, labelled)
  for (const namespaced of [false, true]) {
    const stop = new AbortController()
    const ports = { log, clock: createClock(Date.now), random: () => 0, signal: stop.signal }
    const source = openPolicy({ kind: 'files', files: [file] }, { namespaced }, ports)
    await source.ready
    assert.equal(source.current() === undefined, namespaced)
    stop.abort()
    await source.done
  }
  await assert.rejects(readPolicyOnce([file], { namespaced: true }, { log }), {
    ...{ code: 'POLICY_INVALID', message: /namespaceLabels cannot be resolved: with --namespaced/ },
  })
})

test('a file that is read once must be valid', async (t) => {
  const good = await readPolicyOnce([await fileWith(t, labelled)], { namespaced: false }, { log })
  await good.ready
  assert.equal(good.current()?.anonymous?.kind, 'namespaceLabels')
  const bad = await fileWith(t, 'version: 1\na: 1\nb: 2\n')
  await assert.rejects(readPolicyOnce([bad], { namespaced: false }, { log }), {
    ...{ code: 'POLICY_INVALID', message: /policy\.yaml: line 2, a: unknown field.* \(and 1 more faults\)/ },
  })
})

test('only objects have a place in the cluster', () => {
  const place = { kind: 'Secret', namespace: 'a', name: 'b' } as const
  assert.deepEqual(policyPlaces({ kind: 'objects', places: [place] }), [place])
  assert.deepEqual(policyPlaces({ kind: 'files', files: ['a'] }), [])
  assert.deepEqual(policyPlaces(undefined), [])
})
