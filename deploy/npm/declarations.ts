import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { declarationOf, entries } from './entries.ts'

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const config = fileURLToPath(new URL('tsconfig.json', import.meta.url))
const execute = promisify(execFile)

/**
 * Writes the declarations of what the package exports into `dir`, in the folders of their sources, and leaves out those
 * that no exported declaration mentions. Throws if the compiler reports an error.
 */
export async function writeDeclarations(dir: string): Promise<void> {
  const all = await mkdtemp(join(tmpdir(), 'kubedoh-declarations-'))
  try {
    await execute(process.execPath, [compiler, '-p', config, '--outDir', all])
    const roots = Object.values(entries).map(({ source }) => declarationOf(source))
    const needed = await reachable(roots, (path) => readFile(join(all, path), 'utf8'))
    for (const path of needed) await cp(join(all, path), join(dir, path))
  } finally {
    await rm(all, { recursive: true })
  }
}

/** Declaration files → these and all that they import, directly or not. `read` gives the text of a file. */
export async function reachable(
  roots: readonly string[],
  read: (path: string) => Promise<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set(roots)
  // A set's iterator also visits what is added during the iteration.
  for (const path of found) {
    for (const [, specifier = ''] of (await read(path)).matchAll(
      /(?:\bfrom|\bimport)[\s(]*['"](\.[^'"]+)['"]/g,
    ))
      found.add(declarationOf(posix.join(posix.dirname(path), specifier)))
  }
  return found
}
