import { tellStory } from './scenario.ts'
import { createWorld, type Variant, type World } from './simulation.ts'
import { settleCrypto } from './synchronous-crypto.ts'

/** Tells the story of one seed to its end. Throws the first rule that was broken, with how to see it again. */
export async function runSeed(seed: number, variant?: Variant): Promise<World> {
  const restore = settleCrypto()
  const world = await createWorld(seed, variant)
  try {
    await tellStory(world)
    return world
  } catch (error) {
    if (error instanceof Error)
      error.message += `\nagain: KUBEDOH_SEED=${seed} npm test -- test/model/store.test.ts`
    throw error
  } finally {
    world.host.close()
    restore()
  }
}
