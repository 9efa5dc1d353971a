import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The modules of a Worker, as it is deployed. */
export type WorkerModules = {
  /** The name of the module with the handler. */
  readonly main: string
  /** Minified code by file name. Modules import each other by these names. */
  readonly code: ReadonlyMap<string, string>
  /** The modules that an isolate evaluates at its start: the main one and those that it imports statically. */
  readonly initial: readonly string[]
}

/**
 * Bundles a Worker into modules: those that every isolate needs, and those that `import()` loads with the first request
 * for them, such as the pages. `entry` is a path in this project. Throws what esbuild throws.
 */
export async function bundleWorker(entry = 'worker/cloudflare/worker.ts'): Promise<WorkerModules> {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    outdir: 'out',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const main = `${basename(entry, '.ts')}.js`
  const code = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  return { main, code, initial: staticImports(`out/${main}`, metafile).map((path) => basename(path)) }
}

/** An output file and all files that it imports statically, directly or not. */
function staticImports(path: string, { outputs }: Metafile): readonly string[] {
  const found = new Set([path])
  // A set includes in its iteration what is added meanwhile.
  for (const each of found)
    for (const { path: imported, kind, external } of outputs[each]?.imports ?? [])
      if (kind === 'import-statement' && !external) found.add(imported)
  return [...found]
}
