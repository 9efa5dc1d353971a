import { parseArgs } from 'node:util'
import { readInputFile } from '../../cli/options/input-file.ts'
import { UsageError } from '../../cli/options/option-table.ts'
import { isNameText } from '../../dns/name.ts'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import type { Group } from './vectors.ts'
import { readVectors } from './vectors.ts'

export const help = `usage: npm run conformance -- --answers FILE [--objects FILE] [options]

Compares kubedoh's answers with those that CoreDNS gave for the same cluster: publishes the objects to an edge of
its own on 127.0.0.1, asks every question over DoH, and prints each mismatch. docs/conformance.md tells more.

options:
  --answers FILE   what CoreDNS answered: a list of answers, or sets that hold their own objects
  --objects FILE   the cluster's Namespaces, Services, EndpointSlices and Pods, as YAML or JSON; for a list of answers
  --url URL        ask this DoH endpoint, which serves those objects already; nothing is published
  --ca FILE        PEM certificates to trust at --url instead of the system's
  --zone ZONE      ask for the names in this zone instead of the one of the answers; in svc, for those of Services
  --pods MODE      how CoreDNS answered pod names: disabled, insecure or verified (default: by its answers)
  --help           this text

Exit code 0 when every question passed, 1 when one failed, 2 for a wrong option or file.`

/** A command line, read and checked. */
export type Command = {
  readonly groups: readonly Group[]
  readonly url: string | undefined
  readonly ca: string | undefined
  /** In lower case, with final dot. */
  readonly zone: string | undefined
}

const text = { type: 'string' } as const
const options = { answers: text, objects: text, url: text, ca: text, zone: text, pods: text } as const

/** Reads the arguments and files; undefined for --help. Throws UsageError, VectorsError or ObjectsError. */
export async function readCommand(args: readonly string[]): Promise<Command | undefined> {
  const values = parse(args)
  if (values === undefined) return undefined
  const { answers, objects, url, ca, zone, pods } = values
  if (answers === undefined)
    throw new UsageError('--answers is missing: give the file with the recorded answers')
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new UsageError(`--url "${url}" is not an http(s) URL`)
  if (pods !== undefined && !['disabled', 'insecure', 'verified'].includes(pods))
    throw new UsageError(`--pods is "${pods}", it must be disabled, insecure or verified`)
  const recorded = readVectors(await readInputFile(answers, `--answers ${answers}`), answers)
  const groups = await withObjects(recorded, objects, url !== undefined)
  return {
    url,
    groups:
      pods === undefined ? groups : groups.map((group) => ({ ...group, config: { ...group.config, pods } })),
    ca: ca === undefined ? undefined : await readInputFile(ca, `--ca ${ca}`),
    zone: zone === undefined ? undefined : zoneOf(zone),
  }
}

function parse(args: readonly string[]): { readonly [O in keyof typeof options]?: string } | undefined {
  try {
    const all = { ...options, help: { type: 'boolean' } } as const
    const { help: isHelp, ...values } = parseArgs({ args: [...args], options: all, strict: true }).values
    return isHelp ? undefined : values
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error))
  }
}

async function withObjects(
  groups: readonly Group[],
  file: string | undefined,
  isPublished: boolean,
): Promise<readonly Group[]> {
  const holdsObjects = groups.every(({ objects }) => objects !== undefined)
  if (file === undefined) {
    if (holdsObjects || isPublished) return groups
    throw new UsageError('--objects is missing: the file of answers does not contain the objects')
  }
  if (holdsObjects)
    throw new UsageError('--objects cannot be given: the file of answers contains the objects')
  const objects = parseObjects([{ name: file, text: await readInputFile(file, `--objects ${file}`) }])
  return groups.map((group) => ({ ...group, objects }))
}

function zoneOf(zone: string): string {
  const bare = zone.replace(/\.$/, '').toLowerCase()
  if (bare === '' || !isNameText(bare)) throw new UsageError(`--zone "${zone}" is not a domain name`)
  return `${bare}.`
}
