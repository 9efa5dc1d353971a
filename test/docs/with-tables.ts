/** A page with tables in their places, by the names of the places. Throws Error where the page has no place for one. */
export function withTables(page: string, tables: Readonly<Record<string, () => string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const begin = `<!-- ${name}, by npm run docs -->\n`
    const from = text.indexOf(begin)
    const to = text.indexOf('<!-- end -->', from)
    if (from < 0 || to < 0) throw new Error(`the page has no place for the table of ${name}`)
    return `${text.slice(0, from + begin.length)}${table()}\n${text.slice(to)}`
  }, page)
}
