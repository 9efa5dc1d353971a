import type { Command } from '../../cli/options/verb.ts'

/** Every verb, in the order of the help. */
export async function allVerbs(): Promise<Command[]> {
  const names = [
    ...[
      'up',
      'sync',
      'serve',
      'query',
      'connect',
      'profile',
      'check',
      'doctor',
      'cost',
      'token',
      'key',
      'init',
    ],
    'completion',
  ]
  const loaded = await Promise.all(
    names.map(async (name) => (await import(`../../cli/${name}.ts`)) as { default: Command }),
  )
  return loaded.map((module) => module.default)
}
