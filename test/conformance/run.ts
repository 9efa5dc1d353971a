import { newKey } from '../blackbox/publish.ts'
import { type Answer, answerText } from './answer.ts'
import { askAll, askOne, type Server } from './ask.ts'
import { compare } from './compare.ts'
import type { Context } from './context.ts'
import { contextOf } from './evidence.ts'
import { inZone } from './in-zone.ts'
import { publishGroup } from './publish.ts'
import { edgeConfig, type StartEdge } from './serve.ts'
import type { Group, Recorded } from './vectors.ts'

/** Where the answers come from: an edge per group, started here, or a server that runs already. */
export type Subject =
  | { readonly kind: 'start'; readonly start: StartEdge }
  | { readonly kind: 'running'; readonly server: Server }

/** What a run came to. */
export type Outcome = {
  readonly passed: number
  readonly failed: number
  /** Groups with a mismatch, or that could not be asked at all. */
  readonly failedGroups: readonly string[]
  /** How many questions came under each row. */
  readonly rows: ReadonlyMap<string, number>
}

/** What one group came to. */
type Tally = { same: number; failed: number; readonly rows: Map<string, number> }

/**
 * Asks every question of every group and compares. `print` gets the lines of the report: each mismatch with
 * both answers, one line per group, and the groups left out. `zone`, with final dot, stands for the groups' own
 * forward zone.
 */
export async function runGroups(
  groups: readonly Group[],
  subject: Subject,
  print: (line: string) => void,
  zone?: string,
): Promise<Outcome> {
  const total = new Map<string, number>()
  const failedGroups: string[] = []
  let passed = 0
  let failed = 0
  for (const group of groups.filter(({ skip }) => skip === undefined)) {
    const tally = await runGroup(group, subject, print, zone)
    for (const [row, count] of tally.rows) total.set(row, (total.get(row) ?? 0) + count)
    passed += group.recorded.length - tally.failed
    failed += tally.failed
    if (tally.failed > 0) failedGroups.push(group.name)
    print(summary(group, tally))
  }
  for (const { name, skip, recorded } of groups.filter((group) => group.skip !== undefined))
    print(`skipped: ${name} (${skip}): ${recorded.length} questions`)
  return { passed, failed, failedGroups, rows: total }
}

function summary({ name, recorded }: Group, { same, failed, rows }: Tally): string {
  const counted = [...rows].map(([row, count]) => `${row} ${count}`).toSorted()
  return [
    `${name}: ${recorded.length} questions`,
    `identical ${same}`,
    ...counted,
    `mismatches ${failed}`,
  ].join(', ')
}

async function runGroup(
  group: Group,
  subject: Subject,
  print: (line: string) => void,
  zone: string | undefined,
): Promise<Tally> {
  const tally: Tally = { same: 0, failed: 0, rows: new Map() }
  const domain = group.config.zones[0] ?? ''
  const asked = zone === undefined ? group : inZone(group, zone)
  try {
    if (subject.kind === 'running') {
      const nameservers = await nameserversOf(asked, subject.server)
      const context = contextOf(asked, domain, { nameservers, hasUpstream: asked.hasUpstream })
      await compareAll(asked.recorded, context, subject.server, tally, print)
    } else await onOwnEdge(asked, domain, subject.start, tally, print)
  } catch (error) {
    tally.failed = group.recorded.length
    print(`${group.name}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return tally
}

async function onOwnEdge(
  group: Group,
  domain: string,
  start: StartEdge,
  tally: Tally,
  print: (line: string) => void,
): Promise<void> {
  const key = await newKey()
  const edge = await start(edgeConfig(group.config, key))
  try {
    await publishGroup(group, domain, edge, key)
    const context = contextOf(group, domain, {
      nameservers: group.config.localIPs,
      hasUpstream: false,
    })
    const server = { url: `${edge.url}/dns-query`, fetch: edge.fetch }
    await compareAll(group.recorded, context, server, tally, print)
  } finally {
    await edge.stop()
  }
}

/** The addresses that a running server has for ns.dns, which are its configuration's. */
async function nameserversOf({ config }: Group, server: Server): Promise<string[]> {
  const name = `ns.dns.${config.zones[0]}`
  const answers = await Promise.all(['A', 'AAAA'].map((type) => askOne({ name, type }, server)))
  return answers.flatMap(({ answer }) => answer.map(({ rdata }) => rdata))
}

function compareAll(
  recorded: readonly Recorded[],
  context: Context,
  server: Server,
  tally: Tally,
  print: (line: string) => void,
): Promise<void> {
  return askAll(recorded, server, (question, ours) => {
    if (ours instanceof Error) {
      tally.failed++
      print(`;; MISMATCH ${question.name} ${question.type}\n${ours.message}\n`)
      return
    }
    const verdict = compare(question, question.theirs, ours, context)
    if (verdict.kind === 'same') tally.same++
    else if (verdict.kind === 'row') tally.rows.set(verdict.row, (tally.rows.get(verdict.row) ?? 0) + 1)
    else {
      tally.failed++
      print(mismatchText(question, ours, verdict.differences))
    }
  })
}

function mismatchText(question: Recorded, ours: Answer, differences: readonly string[]): string {
  return [
    `;; MISMATCH ${question.name} ${question.type}`,
    ...differences.map((difference) => `;; ${difference}`),
    ';; CoreDNS:',
    answerText(question.theirs),
    ';; kubedoh:',
    answerText(ours),
    '',
  ].join('\n')
}
