import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { followRows } from '../../host/follow/follow-rows.ts'
import { readExposition } from '../../observe/exposition.case.ts'
import { startTestApi } from '../../sync/kube/api.case.ts'
import { start } from '../blackbox/command.ts'
import { ended, skipWithout } from '../clients/program.ts'
import { freePorts } from '../free-ports.ts'

/* examples/grafana-dashboard.json: for Grafana's schema, for Prometheus, and for the metrics that are there. */

const file = fileURLToPath(new URL('../../examples/grafana-dashboard.json', import.meta.url))
const alertsFile = fileURLToPath(new URL('../../examples/alerts.yaml', import.meta.url))

type Target = { readonly expr: string; readonly legendFormat: string }
type Panel = { readonly title: string; readonly targets?: readonly Target[] }
type Dashboard = { readonly panels: readonly Panel[]; readonly templating: { list: { query: string }[] } }

const dashboard = JSON.parse(await readFile(file, 'utf8')) as Dashboard
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? [])

async function inDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-dashboard-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

test('the dashboard is valid by the schema of Grafana, and one with a misspelled field is not', async (t) => {
  const skip = await skipWithout('go')
  if (skip) return t.skip(skip)
  const dir = await inDirectory(t)
  const program = join(dir, 'check')
  const source = fileURLToPath(new URL('grafana', import.meta.url))
  await promisify(execFile)('go', ['build', '-mod=readonly', '-o', program, '.'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  })
  const taken = await ended(program, [file])
  assert.equal(taken.code, 0, taken.stderr)
  const misspelled = join(dir, 'dashboard.json')
  await writeFile(misspelled, (await readFile(file, 'utf8')).replace('"stacking"', '"staking"'))
  const refused = await ended(program, [misspelled])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /unexpected field 'staking'/)
})

test('Prometheus reads every query of the dashboard', async (t) => {
  const skip = await skipWithout('promtool')
  if (skip) return t.skip(skip)
  const dir = await inDirectory(t)
  const rules = targets.map(({ expr }, index) => ({
    record: `query:${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*').replaceAll('$job', '.*'),
  }))
  assert.ok(rules.length > 25 && rules.every(({ expr }) => !expr.includes('$')))
  const path = join(dir, 'rules.yaml')
  await writeFile(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
  const said = await ended('promtool', ['check', 'rules', path])
  assert.equal(said.code, 0, said.stdout + said.stderr)
})

/** Names of metrics in an expression or a query of a variable, and the labels that it gives for each. */
function usedIn(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b((?:kubedoh|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', given = '']) => ({
      name,
      labels: [...given.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
    }),
  )
}

test('dashboard and alerts use only metrics and labels that a running agent with its edge exports', async (t) => {
  const dir = await inDirectory(t)
  const [port = 0] = await freePorts(1)
  const api = await startTestApi()
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [] }
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig)
  const running = await start([
    ...['up', '--kubeconfig', join(dir, 'kubeconfig'), '--data', 'none', '--plain'],
    ...['--listen', '127.0.0.1:0', '--health-listen', `127.0.0.1:${port}`],
  ])
  t.after(async () => {
    running.process.kill('SIGKILL')
    await api.close()
  })
  await fetch(`${running.url}?name=cluster.local&type=SOA`)
  const families = readExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  const { groups } = load(await readFile(alertsFile, 'utf8')) as { groups: { rules: { expr: string }[] }[] }
  const alerts = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
  const queries = dashboard.templating.list.map(({ query }) => query)
  // Only an edge with --follow exports these; test/blackbox/follow.test.ts reads them.
  const others = Object.values(followRows).map(({ name }): string => name)
  const used = [...targets.map(({ expr }) => expr), ...alerts, ...queries]
    .flatMap(usedIn)
    .filter(({ name }) => !others.includes(name))
  assert.ok(used.length > 60)
  for (const { name, labels } of used) {
    const base = name.replace(/_(bucket|sum|count)$/, '')
    const family = families.get(name) ?? (families.get(base)?.type === 'histogram' && families.get(base))
    assert.ok(family, `nothing exports ${name}`)
    // Prometheus adds these two. A family without a sample yet shows no labels; the test of the alerts reads its row.
    const own = labels.filter((label) => label !== 'instance' && label !== 'job')
    const [sample = ''] = family.samples.keys()
    for (const label of own)
      assert.ok(sample === '' || sample.includes(`${label}="`), `${name} has no ${label}`)
  }
})

test('every label in a legend is one that the query keeps', () => {
  for (const { expr, legendFormat } of targets) {
    const kept = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? ['instance']
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      assert.ok(kept.includes(label), `${legendFormat}: ${expr}`)
  }
})
