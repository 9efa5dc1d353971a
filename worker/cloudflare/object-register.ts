import type { DurableObjectState } from '@cloudflare/workers-types'
import { type Checkpoints, createFinishingRegister } from '../register/finishing-register.ts'
import type { Register } from '../register/register.ts'
import { createServingRegister, type ServingRegister } from '../register/serving-register.ts'
import { boundedWriter } from '../register/write-timeout.ts'
import { consoleLog } from './console-log.ts'
import type { ObjectBindings } from './durable-object.ts'
import { durableSql } from './durable-sql.ts'
import { isolateClock } from './isolate-clock.ts'
import { readServing } from './serving-bindings.ts'

/** The register of a Durable Object. `serving` is the same one if it serves. */
export type ObjectRegister = {
  readonly register: Register & Checkpoints
  readonly serving: ServingRegister | undefined
}

/** The register over the object's SQLite storage and the KV namespace. It is a module of its own, loaded on first use. */
export function createObjectRegister(state: DurableObjectState, bindings: ObjectBindings): ObjectRegister {
  const kv = boundedWriter(bindings.KV, isolateClock)
  const sql = durableSql(state)
  const limits = readServing(bindings)
  const serving = limits && createServingRegister(sql, kv, consoleLog, limits, isolateClock.now)
  return { register: serving ?? createFinishingRegister(sql, kv, consoleLog), serving }
}
