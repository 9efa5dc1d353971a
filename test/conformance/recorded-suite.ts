import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import type { DnsTransport } from '../dns-client.ts'
import { type Outcome, runGroups } from './run.ts'
import type { StartEdge } from './serve.ts'
import { serviceZone } from './service-zone.ts'
import { type Group, readVectors } from './vectors.ts'

const vectors = (file: string): Promise<string> =>
  readFile(new URL(`../vectors/${file}`, import.meta.url), 'utf8')

/** Tests of all recorded answers on one runtime. */
export function recordedSuite(
  runtime: string,
  makeStart: () => Promise<StartEdge>,
  isReusable: boolean,
  transport?: DnsTransport,
): void {
  describe(`CoreDNS's recorded answers on ${runtime}`, () => {
    let start: StartEdge
    before(async () => {
      start = await makeStart()
    })
    const ask = async (
      groups: readonly Group[],
      zone?: string,
    ): Promise<{ outcome: Outcome; printed: string }> => {
      const lines: string[] = []
      const report = { print: (line: string) => void lines.push(line), tell: () => undefined }
      const outcome = await runGroups(groups, { kind: 'start', start, isReusable, transport }, report, zone)
      return { outcome, printed: lines.join('\n') }
    }

    test('a live server on a sample cluster', async () => {
      const objects = parseObjects([{ name: 'objects.yaml', text: await vectors('objects.yaml') }])
      const groups = readVectors(await vectors('coredns-live.json'), 'coredns-live.json')
      const { outcome, printed } = await ask(groups.map((group) => ({ ...group, objects })))
      assert.equal(outcome.failed, 0, printed)
      assert.equal(outcome.passed, 3_040)
    })

    test('the names of Services in the zone svc', async () => {
      const objects = parseObjects([{ name: 'objects.yaml', text: await vectors('objects.yaml') }])
      const groups = readVectors(await vectors('coredns-live.json'), 'coredns-live.json')
      const { outcome, printed } = await ask(
        groups.map((group) => ({ ...group, objects })),
        serviceZone,
      )
      assert.equal(outcome.failed, 0, printed)
      assert.equal(outcome.passed, 2_607)
    })

    test('the plugin under many configurations', async () => {
      const groups = readVectors(await vectors('coredns.json'), 'coredns.json')
      const { outcome, printed } = await ask(groups)
      assert.equal(outcome.failed, 0, printed)
      assert.equal(outcome.passed, 969)
    })
  })
}
