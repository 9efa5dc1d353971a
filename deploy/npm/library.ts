import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundledFiles, requireBanner } from '../bundle.ts'
import { entries } from './entries.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles what the package exports into `dir`, one file for each subpath and chunks that they share, and resolves to the
 * files that went into it, as `bundleCommand` does. The code is not minified, because readers and debuggers see it. Throws
 * what esbuild throws.
 */
export async function bundleLibrary(dir: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const runtime of ['node', 'web'] as const) {
    const chosen = Object.entries(entries).filter(([, entry]) => entry.runtime === runtime)
    const { metafile } = await build({
      entryPoints: chosen.map(([subpath, { source }]) => ({ in: source, out: subpath })),
      absWorkingDir: root,
      outdir: dir,
      bundle: true,
      splitting: true,
      platform: runtime === 'node' ? 'node' : 'neutral',
      target: 'es2024',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      external: ['cloudflare:workers'],
      banner: runtime === 'node' ? { js: requireBanner } : {},
      metafile: true,
      logLevel: 'warning',
    })
    files.push(...bundledFiles(root, metafile))
  }
  return files
}
