import { run } from '../blackbox/command.ts'
import type { Target } from './dig.ts'
import { recipe, usualServer } from './recipe.ts'
import { connectStub, type Stub, stubAt } from './stub.ts'

/**
 * The file that `kubedoh profile` writes for an edge, from the zones that the edge gives to the token, with the test's stub and
 * usual resolver. Throws Error when the command fails.
 */
export async function profileOf(format: string, { url, caFile }: Target): Promise<string> {
  const options = ['--ca', caFile, '--stub', `${stubAt.address}:${stubAt.port}`, '--resolver', usualServer]
  const { code, stdout, stderr } = await run(['profile', format, url, ...options])
  if (code === 0) return stdout
  throw new Error(`kubedoh profile ${format} ended with ${code}: ${stderr}`)
}

/** The file with which a resolver asks a stub: behind `kubedoh connect` a profile, behind others the recipe of docs/clients.md. */
export async function settingsFor(
  stub: Stub,
  { format, heading }: { readonly format: string; readonly heading: string },
  edge: Target,
): Promise<string> {
  return stub === connectStub ? profileOf(format, edge) : recipe(heading, edge.url)
}
