/** The namespaces of one cluster that a caller may see. For the caller, all others do not exist. */
export type Visible = 'all' | ReadonlySet<string>

/** Whether a caller may see a namespace. */
export function isVisible(visible: Visible, namespace: string): boolean {
  return visible === 'all' || visible.has(namespace)
}
