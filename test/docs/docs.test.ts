import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { runnableVerbs } from '../../cli/options/verb.ts'
import { commandHelp } from '../../cli/terminal/help.ts'
import { loadVerbs } from '../../cli/verbs.ts'
import { parsePolicyFile } from '../../sync/policy/edit.ts'
import { parseConfig } from '../../worker/config.ts'
import { withAgentTables } from './agent-tables.ts'
import { cliReference } from './cli-reference.ts'
import { withDoctorTable } from './doctor-table.ts'
import { withEdgeMetrics } from './metrics-table.ts'
import { documentedValues, leavesOf, withValues } from './values-table.ts'

type Schema = { readonly properties?: Readonly<Record<string, Schema>> }

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })]
const read = (page: string): string => readFileSync(join(root, page), 'utf8')

test('docs/cli.md agrees with the option tables (npm run docs writes it)', async () => {
  const verbs = await loadVerbs()
  assert.equal(read('docs/cli.md'), cliReference(verbs))
  for (const { name } of verbs) assert.ok(commandHelp(verbs).includes(`  ${name} `))
})

test('the options and metrics in docs/agent.md are those of the code (npm run docs writes them)', () => {
  assert.equal(read('docs/agent.md'), withAgentTables(read('docs/agent.md')))
})

test('docs/doctor.md has a row for each finding of the code (npm run docs writes them)', () => {
  assert.equal(read('docs/doctor.md'), withDoctorTable(read('docs/doctor.md')))
})

test('the metrics in docs/metrics.md are those of the code (npm run docs writes them)', () => {
  assert.equal(read('docs/metrics.md'), withEdgeMetrics(read('docs/metrics.md')))
})

test('the values in the README of the chart are those of the chart (npm run docs writes them)', () => {
  const page = read('deploy/chart/README.md')
  assert.equal(page, withValues(page, read('deploy/chart/values.yaml')))
})

test('every value of the chart has a comment and a schema', () => {
  const yaml = read('deploy/chart/values.yaml')
  const documented = documentedValues(yaml).map(({ path }) => path)
  const schema = JSON.parse(read('deploy/chart/values.schema.json')) as Schema
  for (const leaf of leavesOf(load(yaml))) {
    const isDocumented = documented.some((path) => leaf === path || leaf.startsWith(`${path}.`))
    assert.ok(isDocumented, `${leaf} has no comment`)
    const [first = '', second] = leaf.split('.')
    const parent = schema.properties?.[first]
    const inner = parent?.properties
    assert.ok(parent && (!second || !inner || inner[second]), `${leaf} has no schema`)
  }
})

test('every link leads to a file that exists, and every page is linked from docs/README.md', () => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (!/^https?:/.test(target))
        assert.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`)
    }
  }
  const index = read('docs/README.md')
  for (const page of pages) {
    const target = page.startsWith('docs/') ? page.slice('docs/'.length) : `../${page}`
    const isEntry = page === 'README.md' || page === 'docs/README.md'
    assert.ok(isEntry || index.includes(`(${target})`), `${page} is not linked`)
  }
})

test('every file that a page names in backticks exists', () => {
  for (const page of pages) {
    for (const [, path = ''] of read(page).matchAll(
      /`((?:dns|check|snapshot|worker|sync|host|cli|test|bench|docs|examples)\/[\w./-]*)`/g,
    )) {
      assert.ok(existsSync(join(root, path)), `${page}: ${path}`)
    }
  }
})

test('every configuration shown is accepted by the edge', () => {
  const shown = [...read('docs/edge.md').matchAll(/```json\n([^`]*)```/g)].map(([, text = '']) => text)
  assert.ok(shown.length > 0)
  for (const text of shown) assert.ok(parseConfig(text).clusters.length > 0)
})

test('every policy shown is one that the agent takes', async () => {
  const shown = [...read('docs/access.md').matchAll(/```yaml\n([^`]*)```/g)].map(([, text = '']) => text)
  assert.ok(shown.length > 1)
  for (const text of shown) assert.ok((await parsePolicyFile('docs/access.md', text)).tokens.length >= 0)
})

test('every option that a page gives to kubedoh exists', async () => {
  const known = new Set(runnableVerbs(await loadVerbs()).flatMap(({ options }) => Object.keys(options)))
  for (const page of pages) {
    for (const [command] of read(page).matchAll(
      /^.*kubedoh (?:-- )?(?:up|sync|serve|query|check|doctor|cost|token|key) .*$/gm,
    )) {
      for (const [, option = ''] of command.matchAll(/ --([a-z-]+)/g)) {
        assert.ok(known.has(option) || option === 'help', `${page}: --${option} in "${command}"`)
      }
    }
  }
})
