import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRepository, readTree, type Source, type Tree } from './source.ts'

/*
 * A test bears the name of the source file that it tests and is next to it: zone.ts, zone.test.ts. Tests of several
 * files together are in test/, or in this list with the reason.
 */
const severalFiles: Readonly<Record<string, string>> = {
  'host/http/server-abuse.test.ts': 'hostile clients, against all files of host/http',
  'host/http/server-life.test.ts': 'start, reload and end of the server, with its TLS and its limits',
  'snapshot/docs.test.ts': 'compares docs/snapshot.md with the code of the room',
  'sync/build/incremental.test.ts': 'a series of changes gives the same snapshot as one build',
  'sync/kube/failures.test.ts': 'faults of the API server, against client, list, watch and reflector',
  'sync/publish/refusals.test.ts': 'the behaviour of the whole agent for each refusal of the edge',
  'worker/answer/agent-options.test.ts': 'options of the agent, seen in answers',
  'worker/answer/pods.test.ts': 'pod names in all modes, from objects to answers',
  'worker/answer/record-forms.test.ts': 'forms of EndpointSlices, from objects to answers',
}

type List = Readonly<Record<string, string>>

/** Source files → one complaint for each test outside test/ that has no file of its name and is not listed. */
function checkTestNames(sources: readonly Source[], listed: List): string[] {
  const paths = new Set(sources.map(({ path }) => path))
  return [...paths]
    .filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/'))
    .filter((path) => !paths.has(path.replace(/\.test\.ts$/, '.ts')) && !(path in listed))
    .map((path) => `${path} has no source file of its name: rename it, or list it in ${import.meta.filename}`)
}

/** Source files → one complaint for each listed test that does not exist or does not need to be listed. */
function checkList(sources: readonly Source[], listed: List): string[] {
  const paths = new Set(sources.map(({ path }) => path))
  return Object.keys(listed)
    .filter((path) => !paths.has(path) || paths.has(path.replace(/\.test\.ts$/, '.ts')))
    .map((path) => `${path} is listed without need`)
}

const repository = readRepository()
const listed = { 'dns/all.test.ts': 'several files' }

test('a test has the name of a source file, is in test/, or is listed', () => {
  const bad: readonly Tree[] = [
    { 'dns/name.test.ts': '' },
    { 'dns/name.test.ts': '', 'dns/names.ts': '', 'worker/name.ts': '' },
    { 'dns/name.test.ts': '', 'dns/name.case.ts': '' },
  ]
  const good: readonly Tree[] = [
    { 'dns/name.test.ts': '', 'dns/name.ts': '' },
    { 'dns/name.ts': '', 'dns/name.case.ts': '' },
    { 'dns/all.test.ts': '', 'test/blackbox/node.test.ts': '' },
  ]
  for (const tree of bad)
    assert.notDeepEqual(checkTestNames(readTree(tree), listed), [], JSON.stringify(tree))
  for (const tree of good) assert.deepEqual(checkTestNames(readTree(tree), listed), [], JSON.stringify(tree))
  assert.deepEqual(checkTestNames(repository, severalFiles), [])
})

test('the list of tests of several files is up to date', () => {
  assert.deepEqual(checkList(readTree({ 'dns/all.test.ts': '' }), listed), [])
  assert.notDeepEqual(checkList(readTree({ 'dns/name.ts': '' }), listed), [])
  assert.notDeepEqual(checkList(readTree({ 'dns/all.test.ts': '', 'dns/all.ts': '' }), listed), [])
  assert.deepEqual(checkList(repository, severalFiles), [])
})
