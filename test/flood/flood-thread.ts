import { workerData } from 'node:worker_threads'
import { createRandom } from '../seeded-random.ts'
import { floods } from './floods.ts'
import type { Places } from './server.ts'

/* The thread of one attack, which runs until it is terminated. */

/** The flood that a thread runs. */
export type FloodStart = {
  readonly name: string
  readonly places: Places
  readonly connections: number
  readonly seed: number
}

const { name, places, connections, seed } = workerData as FloodStart
const flood = floods.find((one) => one.name === name)
await flood?.run(places, connections, createRandom(seed))
