import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRandom, type Random } from '../seeded-random.ts'
import { type Input, smallerInputs } from './input.ts'
import type { ReadyTarget, Target } from './target.ts'

/** Limits for every input. */
export const limits = {
  /** CPU time of the whole process for one input (ms); the lowest of three tries counts. */
  cpuMs: 150,
  /** Time after which an input without an outcome hangs (ms). */
  hangMs: 60_000,
  /** Allowed growth of the heap after the first `settledInputs` of a target, in bytes. */
  heapBytes: 64 * 1024 * 1024,
  settledInputs: 2_000,
}

/** The run of a target, and its figures so far. */
export type Course = {
  readonly target: Target
  readonly scene: ReadyTarget
  readonly random: Random
  inputs: number
  /** Duration so far. */
  ms: number
  slowest: { readonly cpuMs: number; readonly input: Input } | undefined
  /** The heap after `settledInputs`, its latest size, and the number of inputs at that time. */
  heapAtFirst: number | undefined
  heapBytes: number
  heapInputs: number
}

/** A broken rule, and the input that breaks it. */
export type Failure = { readonly target: string; readonly input: Input; readonly reason: string }

/** Starts the run of a target. Its inputs depend only on seed and target. */
export async function begin(target: Target, seed: number): Promise<Course> {
  let mixed = seed
  for (const letter of target.name) mixed = Math.imul(mixed, 31) + letter.charCodeAt(0)
  return {
    target,
    scene: await target.open(),
    random: createRandom(mixed),
    inputs: 0,
    ms: 0,
    slowest: undefined,
    heapAtFirst: undefined,
    heapBytes: 0,
    heapInputs: limits.settledInputs,
  }
}

/** Feeds a target for a time, or with a number of inputs. Resolves to the first failure, with a minimised input. */
export async function feed(
  course: Course,
  until: { readonly ms?: number; readonly inputs?: number; readonly stop?: AbortSignal },
): Promise<Failure | undefined> {
  const start = performance.now()
  const { ms = Infinity, inputs = Infinity, stop } = until
  const spent = (): number => performance.now() - start
  for (let fed = 0; fed < inputs && spent() < ms && !stop?.aborted; fed++) {
    const input = course.scene.draw(course.random)
    const reason = await tryInput(course, input)
    course.inputs++
    if (reason !== undefined) return shrink(course, { target: course.target.name, input, reason })
    if (course.inputs === limits.settledInputs) course.heapAtFirst = course.heapBytes = heapBytes()
  }
  course.ms += spent()
  return grown(course)
}

function grown(course: Course): Failure | undefined {
  // Rarely, since it takes as long as hundreds of inputs.
  if (course.heapAtFirst === undefined || course.inputs < course.heapInputs * 1.2) return undefined
  course.heapBytes = heapBytes()
  course.heapInputs = course.inputs
  const bytes = course.heapBytes - course.heapAtFirst
  if (bytes <= limits.heapBytes) return undefined
  const reason = `the heap has grown by ${Math.round(bytes / 2 ** 20)} MiB in ${course.inputs} inputs`
  return { target: course.target.name, input: {}, reason }
}

/** Feeds one input and measures it. Resolves to the reason of a failure. */
export async function tryInput(course: Course, input: Input): Promise<string | undefined> {
  const most = course.slowest?.cpuMs ?? 0
  let cpuMs = Infinity
  // Other processes use the machine too, so an input is slow only if it is slow three times.
  for (let tries = 0; tries < 3 && cpuMs > most; tries++) {
    const { reason, cpuMs: spent } = await measure(course.scene, input)
    if (reason !== undefined) return reason
    cpuMs = Math.min(cpuMs, spent)
  }
  if (cpuMs > most) course.slowest = { cpuMs, input }
  const allowedMs = course.target.cpuMs ?? limits.cpuMs
  return cpuMs > allowedMs
    ? `it takes ${cpuMs.toFixed(1)} ms of CPU, at most ${allowedMs} are allowed`
    : undefined
}

async function measure(
  scene: ReadyTarget,
  input: Input,
): Promise<{ reason: string | undefined; cpuMs: number }> {
  const outcome = Promise.withResolvers<never>()
  const stray = (error: unknown): void => outcome.reject(new Error(`unhandled: ${describe(error)}`))
  const alarm = setTimeout(() => outcome.reject(new Error('no outcome: the input hangs')), limits.hangMs)
  process.on('unhandledRejection', stray)
  process.on('uncaughtException', stray)
  const before = process.cpuUsage()
  let reason: string | undefined
  let used = before
  try {
    await Promise.race([scene.check(input), outcome.promise])
    used = process.cpuUsage(before)
    // Unhandled errors are reported in the next turn.
    await Promise.race([setImmediate(), outcome.promise])
  } catch (error) {
    reason = describe(error)
  } finally {
    clearTimeout(alarm)
    process.off('unhandledRejection', stray)
    process.off('uncaughtException', stray)
  }
  return { reason, cpuMs: (used.user + used.system) / 1000 }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The number of smaller inputs to try. */
const maxShrinks = 2_000

async function shrink(course: Course, failure: Failure): Promise<Failure> {
  let smallest = failure
  let left = maxShrinks
  for (let found = true; found && left > 0; ) {
    found = false
    for (const input of smallerInputs(smallest.input)) {
      if (left-- <= 0) break
      const { reason } = await measure(course.scene, input)
      if (reason === undefined || kindOf(reason) !== kindOf(failure.reason)) continue
      smallest = { ...smallest, input, reason }
      found = true
      break
    }
  }
  return smallest
}

/** Identifies a fault by the type of the error and its place. */
function kindOf(reason: string): string {
  const lines = reason.split('\n')
  const place = lines.find((line) => /^\s+at .*\.ts:/.test(line)) ?? ''
  return `${lines[0]?.split(':', 1)[0]} ${place.trim()}`
}

let collect: (() => void) | undefined

function heapBytes(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
