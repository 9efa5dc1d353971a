import type { EdgeUnderTest } from '../blackbox/edge-under-test.ts'
import type { DnsTransport } from '../dns-client.ts'
import { waitFor } from '../wait-for.ts'
import { type Answer, answerText } from './answer.ts'
import { askAll, askOne, dnsServer, dohServer, type Server } from './ask.ts'
import { compare } from './compare.ts'
import type { Context, Question } from './context.ts'
import { type EdgePool, edgePool } from './edge-pool.ts'
import { contextOf } from './evidence.ts'
import { inZone } from './in-zone.ts'
import { publishGroup } from './publish.ts'
import type { StartEdge } from './serve.ts'
import { answerInPrimaryZone, questionInServiceZone, serviceZone, withServiceZone } from './service-zone.ts'
import type { Group, Recorded } from './vectors.ts'

/** The server under test: an edge per group, started here, or a running server. */
export type Subject =
  | {
      readonly kind: 'start'
      readonly start: StartEdge
      /** Whether an edge uses a new snapshot at once, so that groups with the same configuration can share it. */
      readonly isReusable: boolean
      /** How the edge is asked; default: over HTTP. */
      readonly transport?: DnsTransport | undefined
    }
  | { readonly kind: 'running'; readonly server: Server }

/** Output: results to `print`, progress to `tell`. */
export type Report = { print(line: string): void; tell(line: string): void }

/** The result of a run. */
export type Outcome = {
  readonly passed: number
  readonly failed: number
  /** Groups with a mismatch or a failure. */
  readonly failedGroups: readonly string[]
  /** The number of questions for each row. */
  readonly rows: ReadonlyMap<string, number>
}

/** The result of a group. */
type Tally = { asked: number; same: number; failed: number; readonly rows: Map<string, number> }

/**
 * Asks every question of every group and compares. `report` gets each mismatch with both answers, one line
 * per group, and the skipped groups. `zone`, with final dot, replaces the forward zone of the
 * groups; the zone `svc` is added to it, and only the names of Services are asked.
 */
export async function runGroups(
  groups: readonly Group[],
  subject: Subject,
  report: Report,
  zone?: string,
): Promise<Outcome> {
  const total = new Map<string, number>()
  const failedGroups: string[] = []
  let passed = 0
  let failed = 0
  const transport = subject.kind === 'start' ? subject.transport : undefined
  const from = subject.kind === 'start' ? { ...(await edgePool(subject)), transport } : subject
  try {
    for (const group of groups.filter(({ skip }) => skip === undefined)) {
      const tally = await runGroup(group, from, report, zone)
      for (const [row, count] of tally.rows) total.set(row, (total.get(row) ?? 0) + count)
      passed += tally.asked - tally.failed
      failed += tally.failed
      if (tally.failed > 0) failedGroups.push(group.name)
      report.print(summary(group, tally))
    }
  } finally {
    if ('close' in from) await from.close()
  }
  for (const { name, skip, recorded } of groups.filter((group) => group.skip !== undefined))
    report.print(`skipped: ${name} (${skip}): ${recorded.length} questions`)
  return { passed, failed, failedGroups, rows: total }
}

function summary({ name }: Group, { asked, same, failed, rows }: Tally): string {
  const counted = [...rows].map(([row, count]) => `${row} ${count}`).toSorted()
  return [`${name}: ${asked} questions`, `identical ${same}`, ...counted, `mismatches ${failed}`].join(', ')
}

async function runGroup(
  group: Group,
  subject: OwnEdges | { readonly server: Server },
  report: Report,
  zone: string | undefined,
): Promise<Tally> {
  const tally: Tally = { asked: group.recorded.length, same: 0, failed: 0, rows: new Map() }
  report.tell(`${group.name}: asking ${group.recorded.length} questions`)
  const domain = group.config.zones[0] ?? ''
  const asked = groupIn(group, zone)
  try {
    if ('server' in subject) {
      const nameservers = await nameserversOf(asked, subject.server)
      const context = contextOf(asked, domain, { nameservers, hasUpstream: asked.hasUpstream })
      await compareAll(asked, context, subject.server, tally, report)
    } else await onOwnEdge(asked, domain, subject, tally, report)
  } catch (error) {
    tally.failed = tally.asked
    report.print(`${group.name}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return tally
}

function groupIn(group: Group, zone: string | undefined): Group {
  if (zone === undefined) return group
  return zone === serviceZone ? withServiceZone(group) : inZone(group, zone)
}

/** Edges that are started for groups, and how they are asked. */
type OwnEdges = EdgePool & { readonly transport: DnsTransport | undefined }

async function onOwnEdge(
  group: Group,
  domain: string,
  edges: OwnEdges,
  tally: Tally,
  report: Report,
): Promise<void> {
  const { edge, done } = await edges.take(group)
  try {
    const generation = await publishGroup(group, domain, edge, edges.key)
    const context = contextOf(group, domain, {
      nameservers: group.config.localIPs,
      hasUpstream: group.hasUpstream,
    })
    const server = await serverOf(edge, edges.transport)
    try {
      await untilShown(generation, group.config.zones[0] ?? domain, server)
      await compareAll(group, context, server, tally, report)
    } finally {
      server.close?.()
    }
  } finally {
    await done()
  }
}

async function serverOf(
  { url, fetch, dns }: EdgeUnderTest,
  transport: DnsTransport | undefined,
): Promise<Server & { close?(): void }> {
  if (transport === undefined) return dohServer(`${url}/dns-query`, fetch)
  if (!dns) throw new Error('the edge answers over HTTP only')
  return dnsServer(dns, transport)
}

/** Waits until an edge that was used before answers from the new snapshot. */
async function untilShown(generation: number, zone: string, server: Server): Promise<void> {
  await waitFor(`generation ${generation} is answered from`, async () => {
    const { answer } = await askOne({ name: `_snapshot.${zone}`, type: 'TXT' }, server)
    return answer.some(({ rdata }) => rdata.includes(`"generation=${generation}"`))
  })
}

/** The addresses of ns.dns on a running server, which come from its configuration. */
async function nameserversOf({ config }: Group, server: Server): Promise<string[]> {
  const name = `ns.dns.${config.zones[0]}`
  const answers = await Promise.all(['A', 'AAAA'].map((type) => askOne({ name, type }, server)))
  return answers.flatMap(({ answer }) => answer.map(({ rdata }) => rdata))
}

/** A question as it is sent; `recorded` is the one that CoreDNS was asked. */
type Sent = Question & { readonly recorded: Recorded }

/** The questions of a group: as recorded, or in the zone svc if the group has it. */
function questionsOf({ config, recorded }: Group): Sent[] {
  if (!config.zones.includes(serviceZone)) return recorded.map((one) => ({ ...one, recorded: one }))
  const [primary = ''] = config.zones
  return recorded.flatMap((one) => {
    const question = questionInServiceZone(one, primary)
    return question ? [{ ...question, recorded: one }] : []
  })
}

function compareAll(
  group: Group,
  context: Context,
  server: Server,
  tally: Tally,
  report: Report,
): Promise<void> {
  const [primary = ''] = group.config.zones
  const questions = questionsOf(group)
  tally.asked = questions.length
  return askAll(questions, server, (sent, given) => {
    const question = sent.recorded
    if (given instanceof Error) {
      tally.failed++
      report.print(`;; MISMATCH ${sent.name} ${sent.type}\n${given.message}\n`)
      return
    }
    const ours = sent.name === question.name ? given : answerInPrimaryZone(given, question, primary)
    const verdict = compare(question, question.theirs, ours, context)
    if (verdict.kind === 'same') tally.same++
    else if (verdict.kind === 'row') tally.rows.set(verdict.row, (tally.rows.get(verdict.row) ?? 0) + 1)
    else {
      tally.failed++
      report.print(mismatchText(question, ours, verdict.differences))
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
