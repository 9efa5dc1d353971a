import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'

/** An interface that is fed with invalid input. To add one, write a file like the others, and a row in targets.ts. */
export type Target = {
  /** The name for `--target`. */
  readonly name: string
  /** The kind of input, for `--help`. */
  readonly what: string
  /** CPU time limit for one input (ms), if it differs from the general one. */
  readonly cpuMs?: number
  /** Prepares the target, once per run. */
  open(): Promise<ReadyTarget>
}

/** A prepared target. */
export type ReadyTarget = {
  /** The next input. It depends only on `random`. */
  draw(random: Random): Input
  /** Feeds one input. Rejects or throws if the outcome breaks a rule. Parts may be missing. */
  check(input: Input): Promise<void>
  close?(): Promise<void>
}
