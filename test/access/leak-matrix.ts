import { get } from '../../worker/edge.case.ts'
import type { Dig } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { type Form, forms, requestOf, textOf } from './compare.ts'
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
 * Asks every question in every form for every caller, at one edge in turn and at each caller's oracle, and compares the
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
    product ??= await startProduct(plan)
    const oracles = new Map<CallerPlan, Dig>()
    for (const caller of callers) oracles.set(caller, await startOracle(plan, caller))
    for (const [caller, oracle] of oracles) leaks.push(...(await comparePages(product, oracle, caller)))
    const questions = questionsOf(stage)
    for (const pass of ['cold', 'warm']) {
      for (const question of sampleOf(questions, questions.length, random)) {
        const hasOpt = random.chance(0.7)
        for (const form of forms) {
          for (const caller of sampleOf(callers, callers.length, random)) {
            const oracle = oracles.get(caller)
            if (!oracle) continue
            const [ours, theirs] = await askBoth(product, oracle, question, form, caller, hasOpt)
            compared++
            const status = ours.slice(0, 3)
            statuses[status] = (statuses[status] ?? 0) + 1
            if (ours === theirs) continue
            const where = `stage ${number}, ${pass}, ${caller.name}: ${form} ${question.name} ${question.type}`
            leaks.push({ where, product: ours, oracle: theirs })
            if (leaks.length >= maxLeaks) return { compared, statuses, leaks }
          }
        }
      }
    }
  }
  return { compared, statuses, leaks }
}

/** Pages that are not about one name. They are the same for all callers; those without a token compare them. */
const pages = ['/', '/healthz', '/status', '/nowhere']

async function comparePages(product: Dig, oracle: Dig, caller: CallerPlan): Promise<Leak[]> {
  if (caller.segment !== '' || caller.authorization !== undefined) return []
  const leaks: Leak[] = []
  for (const page of pages) {
    const [ours, theirs] = [textOf(await product.send(get(page))), textOf(await oracle.send(get(page)))]
    if (ours !== theirs) leaks.push({ where: page, product: ours, oracle: theirs })
  }
  return leaks
}

async function askBoth(
  product: Dig,
  oracle: Dig,
  question: Question,
  form: Form,
  { segment, authorization, oracleSegment = segment }: CallerPlan,
  hasOpt: boolean,
): Promise<[string, string]> {
  const ours = await product.send(requestOf(question, form, { segment, authorization, hasOpt }))
  const theirs = await oracle.send(
    requestOf(question, form, { segment: oracleSegment, authorization, hasOpt }),
  )
  return [textOf(ours), textOf(theirs)]
}
