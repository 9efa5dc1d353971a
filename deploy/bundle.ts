import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The launcher, which imports the command only on a Node that can run it, and the programs of a worker of `serve` and of
 * the thread that parses a policy.
 */
const entryPoints = [
  { in: fileURLToPath(new URL('../cli/kubedoh.mjs', import.meta.url)), out: 'main' },
  { in: fileURLToPath(new URL('../host/processes/process.ts', import.meta.url)), out: 'process' },
  {
    in: fileURLToPath(new URL('../sync/policy/source/parse-thread.ts', import.meta.url)),
    out: 'parse-thread',
  },
]

/** CommonJS packages load Node's modules with require. */
export const requireBanner = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`

/**
 * Lets esbuild drop the unused modules of the Kubernetes client: they only define classes when they are loaded, but the
 * package does not declare itself free of side effects.
 */
const slimClient: Plugin = {
  name: 'slim-client',
  setup: ({ onResolve, resolve }) => {
    const client = '/@kubernetes/client-node/'
    onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const isClient = path === '@kubernetes/client-node' || importer.includes(client)
      if (!isClient || pluginData === client) return undefined
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: client })
      return found.path.includes(client) ? { ...found, sideEffects: false } : found
    })
  },
}

/**
 * Bundles the command into `dir`, whose former content is deleted: main.mjs and the chunks that it loads on demand. On a
 * Node that is too old, main.mjs prints one line that says so. The bundle runs without node_modules, starts faster and
 * uses less memory, since it has only the used part of the Kubernetes client, half of all dependencies. It reads the
 * package.json next to `dir`. Resolves to the absolute paths of the files with code in the bundle, of this project and of
 * packages. Throws what esbuild throws.
 */
export async function bundleCommand(dir: string): Promise<readonly string[]> {
  // File names contain a hash, so files of an earlier bundle would remain.
  await rm(dir, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints,
    absWorkingDir: root,
    outdir: dir,
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: requireBanner },
    plugins: [slimClient],
    metafile: true,
    logLevel: 'warning',
  })
  return bundledFiles(root, metafile)
}

/** esbuild's report of a bundle whose working directory is `dir` → the absolute paths of the files with code in it. */
export function bundledFiles(dir: string, { outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  return [...new Set(files)].map((path) => join(dir, path))
}
