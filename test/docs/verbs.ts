import type { Verb } from '../../cli/options/verb.ts'

/** Every verb, in the order of the help. */
export async function allVerbs(): Promise<Verb[]> {
  const names = ['up', 'sync', 'serve', 'query', 'check', 'cost', 'key', 'completion']
  const loaded = await Promise.all(
    names.map(async (name) => (await import(`../../cli/${name}.ts`)) as { default: Verb }),
  )
  return loaded.map((module) => module.default)
}
