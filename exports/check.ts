/* `kubedoh/check`: what the RFCs require of a DoH server, as rows that ask and judge. The caller sends the requests. */
export { byGet, byPost, type Probe, probeBytes } from '../check/query.ts'
export { isBroken, type ReportJson, type ResultJson, reportJson, reportLines } from '../check/report.ts'
export type { Ask, Complaint, Facts, Got, Row } from '../check/row.ts'
export { generalRows } from '../check/rows.ts'
export { createRecorder, learn, type Recorder, type Result, runRow, type Send } from '../check/run.ts'
