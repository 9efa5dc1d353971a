import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const entry = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

/** CommonJS packages ask for Node's modules by require. */
const banner = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`

/**
 * Of the Kubernetes client only what is used: its modules make classes and do nothing else when they are loaded, but its
 * package.json does not say so.
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
 * Bundles the command into `dir`, which is made anew: main.mjs and what it loads when it is needed. It runs without
 * node_modules, starts faster and holds less: of the Kubernetes client, which is as large as all the rest, only what is used.
 * It looks for package.json beside `dir`. Throws what esbuild throws.
 */
export async function bundleCommand(dir: string): Promise<void> {
  // Files have a hash in their names: those of an earlier bundle would stay.
  await rm(dir, { recursive: true, force: true })
  await build({
    entryPoints: [entry],
    outdir: dir,
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    banner: { js: banner },
    plugins: [slimClient],
    logLevel: 'warning',
  })
}
