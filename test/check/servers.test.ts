import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { isBroken, type ReportJson, reportLines } from '../../check/report.ts'
import { generalRows } from '../../check/rows.ts'
import { run } from '../blackbox/command.ts'
import { knownName, missing, type ServerName, startOther } from './server.case.ts'

/*
 * `kubedoh check` on other servers. Their reports are recorded in reports/; UPDATE_REPORTS=1 records them again.
 * Versions: CoreDNS as test/cluster builds it, BIND 9.18, dnsdist 1.7, Unbound 1.17.
 */
const names: readonly ServerName[] = ['coredns', 'named', 'dnsdist', 'unbound']
const reportFile = (name: string): URL => new URL(`reports/${name}.json`, import.meta.url)
const kept = (name: string): ReportJson => JSON.parse(readFileSync(reportFile(name), 'utf8')) as ReportJson
const verdicts = ({ rows }: ReportJson): Record<string, string> =>
  Object.fromEntries(rows.map(({ id, verdict }) => [id, verdict]))

for (const name of names) {
  test(`the report on ${name} is complete, and can be printed as text`, () => {
    const report = kept(name)
    assert.deepEqual(
      report.rows.map(({ id }) => id),
      generalRows.map(({ id }) => id),
    )
    const lines = reportLines(report)
    const failed = report.rows.filter(({ verdict }) => verdict === 'fail')
    assert.equal(lines.filter((line) => /^(FAIL|warn) {2}/.test(line)).length, failed.length)
    assert.equal(lines.filter((line) => line.startsWith('FAIL')).length > 0, isBroken(report))
    for (const { rfc, why } of failed) {
      assert.ok(lines.some((line) => line.includes(rfc) && line.includes(why ?? '')))
    }
    assert.match(lines.at(-1) ?? '', /^https:.* pass, .* fail \(\d+ of them MUST\)/)
  })

  test(`the report of kubedoh check about ${name} is the recorded one`, async (t) => {
    const reason = await missing(name)
    if (reason) return t.skip(reason)
    const server = await startOther(name)
    try {
      const args = ['check', server.url, '--name', knownName, '--ca', server.caFile, '--json']
      const { code, stdout, stderr } = await run(args)
      assert.equal(stderr, '')
      const report = JSON.parse(stdout) as ReportJson
      assert.equal(code, isBroken(report) ? 1 : 0)
      if (process.env.UPDATE_REPORTS === '1') {
        const anywhere = stdout.replaceAll(new URL(server.url).host, '127.0.0.1:8443')
        writeFileSync(reportFile(name), anywhere.trimEnd() + '\n')
      }
      assert.deepEqual(verdicts(report), verdicts(kept(name)))
    } finally {
      await server.stop()
    }
  })
}
