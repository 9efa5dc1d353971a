import { runScenario } from './scenario.ts'
import { createSimulation, type Simulation, type Variant } from './simulation.ts'
import { settleCrypto } from './synchronous-crypto.ts'

/** Runs the scenario of one seed. Throws the first broken rule, with the command that repeats it. */
export async function runSeed(seed: number, variant?: Variant): Promise<Simulation> {
  const restore = settleCrypto()
  const simulation = await createSimulation(seed, variant)
  try {
    await runScenario(simulation)
    return simulation
  } catch (error) {
    if (error instanceof Error)
      error.message += `\nagain: KUBEDOH_SEED=${seed} npm test -- test/model/store.test.ts`
    throw error
  } finally {
    simulation.host.close()
    restore()
  }
}
