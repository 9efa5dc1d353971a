import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'

/** One way in, fed with what nobody should send. To add one: a file like the others, and a row in targets.ts. */
export type Target = {
  /** As `--target` names it. */
  readonly name: string
  /** What goes in, for `--help`. */
  readonly what: string
  /** CPU time that one input may take, in ms, where that is not the limit of all. */
  readonly cpuMs?: number
  /** Sets the scene, once a run. */
  open(): Promise<ReadyTarget>
}

/** A target that is ready. */
export type ReadyTarget = {
  /** The next input, from chance alone: the same chance makes the same input. */
  draw(random: Random): Input
  /** Feeds one input in. Rejects, or throws, when a promise about the outcome is broken; parts may be missing. */
  check(input: Input): Promise<void>
  close?(): Promise<void>
}
