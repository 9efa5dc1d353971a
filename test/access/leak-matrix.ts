import { setImmediate } from 'node:timers/promises'
import { readEdgeZones } from '../../setup/edge-zones.ts'
import { get } from '../../worker/edge.case.ts'
import type { Dig } from '../dig.ts'
import { createRandom, type Random } from '../seeded-random.ts'
import { askOnce, type Form, forms, textOf } from './compare.ts'
import { compareFollow } from './compare-follow.ts'
import { compareSetUp } from './compare-set-up.ts'
import { type CallerPlan, type Plan, publishAll, startOracle, startProduct } from './leak-world.ts'
import { type Question, sampleOf } from './questions.ts'

/** A difference between the product and a caller's oracle: it tells the caller of something that it may not see. */
export type Leak = { readonly where: string; readonly product: string; readonly oracle: string }

/** The result of a matrix. */
export type MatrixResult = {
  readonly compared: number
  readonly statuses: Readonly<Record<string, number>>
  readonly leaks: readonly Leak[]
}

/** A plan with its callers. */
export type Stage = { readonly plan: Plan; readonly callers: readonly CallerPlan[] }

/** More differences than this are not collected. */
const maxLeaks = 5

/**
 * Asks every question in every form for all callers at once, at one edge and at each caller's oracle, and compares the
 * responses: once from an empty answer cache and once from a full one. Then publishes the next stage, such as a changed
 * policy, to the same edge, and so on. `questionsOf` gives the questions of a stage.
 */
export async function compareAll(
  stages: readonly Stage[],
  questionsOf: (stage: Stage) => readonly Question[],
  random: Random,
): Promise<MatrixResult> {
  const statuses: Record<string, number> = {}
  const leaks: Leak[] = []
  let compared = 0
  let product: Dig | undefined
  for (const [number, stage] of stages.entries()) {
    const { plan, callers } = stage
    if (product) await publishAll(product, plan)
    product ??= slowStore(await startProduct(plan), createRandom(random.between(0, 1_000_000)))
    const oracles = new Map<CallerPlan, Dig>()
    for (const caller of callers) oracles.set(caller, await startOracle(plan, caller))
    const questions = questionsOf(stage)
    leaks.push(
      ...(await comparePages(product, oracles)),
      ...(await compareZones(product, oracles)),
      ...(await compareSetUp(product, oracles, questions)),
      ...(await compareFollow(product, callers)),
    )
    for (const asked of drawOrder(questions, random)) {
      for (const { ours, theirs, caller } of await askAll(product, oracles, asked, random)) {
        compared++
        const status = ours.slice(0, 3)
        statuses[status] = (statuses[status] ?? 0) + 1
        if (ours === theirs) continue
        const { pass, form, question } = asked
        const where = `stage ${number}, ${pass}, ${caller}: ${form} ${question.name} ${question.type}`
        leaks.push({ where, product: ours, oracle: theirs })
      }
      if (leaks.length >= maxLeaks) return { compared, statuses, leaks }
    }
  }
  return { compared, statuses, leaks }
}

/** A question in one form. `hasOpt` is about the forms in wire format, `maxBytes` about transports other than HTTP. */
type AskedOnce = {
  readonly pass: 'cold' | 'warm'
  readonly question: Question
  readonly form: Form
  readonly hasOpt: boolean
  readonly maxBytes: number
}

/** Every question in every form, twice, in a random order each time. */
function* drawOrder(questions: readonly Question[], random: Random): Generator<AskedOnce> {
  for (const pass of ['cold', 'warm'] as const) {
    for (const question of sampleOf(questions, questions.length, random)) {
      const hasOpt = random.chance(0.7)
      const maxBytes = random.pick([512, 1_232, 65_535])
      for (const form of forms) yield { pass, question, form, hasOpt, maxBytes }
    }
  }
}

/** Asks for all callers at once: their reads of the store are shared, and end in any order. */
function askAll(
  product: Dig,
  oracles: ReadonlyMap<CallerPlan, Dig>,
  { question, form, ...how }: AskedOnce,
  random: Random,
): Promise<{ readonly caller: string; readonly ours: string; readonly theirs: string }[]> {
  return Promise.all(
    sampleOf([...oracles], oracles.size, random).map(async ([caller, oracle]) => {
      const { name, segment, oracleSegment = segment } = caller
      const ours = await askOnce(product, question, form, caller, how)
      const theirs = await askOnce(oracle, question, form, { ...caller, segment: oracleSegment }, how)
      return { caller: name, ours, theirs }
    }),
  )
}

/** The edge, with a store whose reads take a random number of turns. */
function slowStore(edge: Dig, random: Random): Dig {
  const { get: read } = edge.kv
  edge.kv.get = async (key, options) => {
    for (let turns = random.between(0, 3); turns > 0; turns--) await setImmediate()
    return read(key, options)
  }
  return edge
}

/** Pages that are not about one name. They are the same for all callers; those without a token compare them. */
const pages = ['/', '/healthz', '/status', '/nowhere']

async function comparePages(product: Dig, oracles: ReadonlyMap<CallerPlan, Dig>): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const [{ segment, authorization, dns }, oracle] of oracles) {
    if (segment !== '' || authorization !== undefined || dns) continue
    for (const page of pages) {
      const [ours, theirs] = [textOf(await product.send(get(page))), textOf(await oracle.send(get(page)))]
      if (ours !== theirs) leaks.push({ where: page, product: ours, oracle: theirs })
    }
  }
  return leaks
}

/** Compares the lists of zones of all callers over HTTP. A list may only name clusters that the caller sees. */
async function compareZones(product: Dig, oracles: ReadonlyMap<CallerPlan, Dig>): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const [{ name, segment, oracleSegment = segment, authorization, dns, sees }, oracle] of oracles) {
    if (dns) continue
    const headers = authorization === undefined ? {} : { authorization }
    const response = await product.send(get(`/zones/${segment}`, headers))
    const listed = response.status === 200 ? readEdgeZones(String(response.body)).zones : []
    const isStrange = listed.some(({ cluster }) => !(cluster in sees))
    // The oracle's token has no end if a minted one is compared.
    const compared = (text: string): string =>
      segment === oracleSegment ? text : text.replace(/"expires":[^,]+/, '')
    const ours = compared(textOf(response))
    const theirs = compared(textOf(await oracle.send(get(`/zones/${oracleSegment}`, headers))))
    if (ours !== theirs || isStrange) leaks.push({ where: `/zones, ${name}`, product: ours, oracle: theirs })
  }
  return leaks
}
