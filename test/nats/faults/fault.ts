import type { Random } from '../../seeded-random.ts'
import type { World } from './world.ts'

/** What a fault did. */
export type Struck = {
  /**
   * The state for which the round waits before the end of the fault: that one edge accepts a root all the same, that every
   * edge does, that an agent is refused with 503 because there is no majority, or nothing.
   */
  readonly until: 'accepted' | 'everywhere' | 'refused' | 'nothing'
  /** Ends the fault. */
  heal(): Promise<void>
}

/** A kind of fault. */
export type Fault = {
  readonly name: string
  /** Whether it is in the short part of the suite. */
  readonly isShort: boolean
  /**
   * `share`: an agent publishes all the time, and meets several edges in this share of its publishes; undefined: the fault
   * publishes itself.
   */
  readonly share: number | undefined
  strike(world: World, random: Random): Promise<Struck>
}
