import { readdir, readFile } from 'node:fs/promises'

/** /proc counts CPU in ticks of 1/100 s on Linux (USER_HZ). */
const ticksPerSecond = 100

/** User and system time of a process so far, in seconds (proc(5), fields 14 and 15 of stat). */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The command name, in parentheses, may contain blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident memory of a process now, in MB. */
export async function residentMegabytes(pid: number): Promise<number> {
  return statusMegabytes(pid, 'VmRSS')
}

/** Peak resident memory of a process, in MB. */
export async function peakMegabytes(pid: number): Promise<number> {
  return statusMegabytes(pid, 'VmHWM')
}

async function statusMegabytes(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+([0-9]+) kB`).exec(status)?.[1] ?? 0) / 1024
}

/** CPU time of the threads of a process so far (ms): finer than ticks, but without threads that have ended. */
export async function schedulerMillis(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const nanos = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
      return Number(text.split(' ')[0])
    }),
  )
  return nanos.reduce((sum, each) => sum + each, 0) / 1e6
}

/** CPU time of the machine since its start, in ticks: total and idle (proc(5), first line of stat). */
export async function machineTicks(): Promise<{ readonly all: number; readonly idle: number }> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1)
  // The last two, guest time, are contained in user time.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  const [, , , idle = 0, waiting = 0] = ticks
  return { all: ticks.reduce((sum, each) => sum + each, 0), idle: idle + waiting }
}
