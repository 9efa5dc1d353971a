import { readFile } from 'node:fs/promises'

/** The processes that a process started and that have not ended. Rejects where there is no /proc, and if the process has ended. */
export async function childrenOf({ pid }: { readonly pid?: number | undefined }): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
