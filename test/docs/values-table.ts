import { load } from 'js-yaml'
import { withTables } from './with-tables.ts'

/** One value of a chart that has a comment. */
export type DocumentedValue = {
  /** Such as 'image.tag'. */
  readonly path: string
  /** Its comment in one line, '' where the name says everything. */
  readonly text: string
  readonly byDefault: unknown
}

/**
 * Reads the values of values.yaml that have a comment `# -- text`, in the order of the file. The comment may go on in
 * further lines; the value follows directly. Throws Error for a comment without a value.
 */
export function documentedValues(yaml: string): DocumentedValue[] {
  const all = load(yaml)
  const found: DocumentedValue[] = []
  const parents: string[] = []
  let comment: string[] | undefined
  for (const line of yaml.split('\n')) {
    const [, begun, more] = /^ *# ?(?:--(?: (.*))?|(.*))$/.exec(line) ?? []
    if (/^ *# --/.test(line)) comment = [begun ?? '']
    else if (more !== undefined) comment?.push(more)
    const [, indent = '', key] = /^( *)([A-Za-z]\w*):/.exec(line) ?? []
    if (key === undefined) {
      if (line.trim() === '' && comment) throw new Error(`a comment without a value: ${comment.join(' ')}`)
      continue
    }
    parents.length = indent.length / 2
    parents.push(key)
    if (comment) {
      const text = comment.join(' ').trim()
      found.push({ path: parents.join('.'), text, byDefault: valueAt(all, parents) })
    }
    comment = undefined
  }
  return found
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce((at, key) => (at as Record<string, unknown>)[key], values)
}

/** The paths of all values that are no objects, or are empty ones. */
export function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  if (entries.length === 0) return [path]
  return entries.flatMap(([key, each]) => leavesOf(each, path === '' ? key : `${path}.${key}`))
}

/** The table of a chart's values, as Markdown. */
export function valuesTable(yaml: string): string {
  const rows = documentedValues(yaml).map(({ path, text, byDefault }) => {
    const shown = JSON.stringify(byDefault)
    return `| \`${path}\` | ${shown === '""' ? '' : `\`${shown}\``} | ${text} |`
  })
  return ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

/** deploy/chart/README.md with the table of the values in its place. */
export function withValues(page: string, yaml: string): string {
  return withTables(page, { values: () => valuesTable(yaml) })
}
