import { buildSources, builtSource } from '../cluster/build.ts'
import { dnsproxySource, routednsSource } from '../cluster/programs.ts'
import { extractedPackages, extractPackages } from './debian-packages.ts'

/** Programs that are not installed: two files, and the directory with the extracted Debian packages. */
export type ClientPrograms = { readonly dnsproxy: string; readonly routedns: string; readonly debian: string }

const noDebian = '/no-extracted-packages'

/** Builds and extracts the programs that are not in the cache yet. Throws when one fails; without apt those from Debian are left out. */
export async function obtainPrograms(): Promise<ClientPrograms> {
  const { dnsproxy, routedns } = await buildSources([dnsproxySource, routednsSource])
  return { dnsproxy, routedns, debian: (await extractPackages()) ?? noDebian }
}

/** The programs in the cache (npm run clients fills it). A missing program has a name that is not found, so its clients are skipped. */
export async function obtainedPrograms(): Promise<ClientPrograms> {
  return {
    dnsproxy: (await builtSource(dnsproxySource)) ?? dnsproxySource.name,
    routedns: (await builtSource(routednsSource)) ?? routednsSource.name,
    debian: extractedPackages() ?? noDebian,
  }
}
