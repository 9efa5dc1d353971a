import { SnapshotError } from '../../snapshot/errors.ts'
import type { Declaration, IngestAnswer, IngestCode, Refusal } from '../../snapshot/ingest.ts'
import {
  parseJson,
  type Reader,
  readCount,
  readList,
  readNullable,
  readObject,
  readOptional,
  readText,
} from '../../snapshot/shape.ts'
import { PublishError } from './errors.ts'

const readRefusal: Reader<Refusal> = (value, path) => {
  const refusal = readObject(value, path)
  readText(refusal.code, `${path}.code`)
  readText(refusal.message, `${path}.message`)
  readCount(refusal.atMs, `${path}.atMs`)
  return refusal as Refusal
}

/** The fields that agents read. Others are ignored: a newer edge may declare more. */
const declared: { readonly [F in keyof Declaration]-?: Reader<Declaration[F]> } = {
  schemas: readList(readCount),
  policy: readOptional(readCount),
  store: readText,
  minPublishIntervalMs: readCount,
  writesPerDay: readNullable(readCount),
  maxBodyBytes: readCount,
  maxBlobsPerRequest: readCount,
  clockMs: readCount,
  lastRefusal: readNullable(readRefusal),
}

const readDeclaration: Reader<Declaration> = (value, path) => {
  const declaration = readObject(value, path)
  for (const [field, read] of Object.entries(declared)) read(declaration[field], `${path}.${field}`)
  return declaration as Declaration
}

const readError: Reader<NonNullable<IngestAnswer['error']>> = (value, path) => {
  const error = readObject(value, path)
  // A newer edge may send codes that this agent does not know: they are passed on unchanged.
  const code = readText(error.code, `${path}.code`) as IngestCode
  return { code, message: readText(error.message, `${path}.message`) }
}

/**
 * The status and body of an HTTP response, and the wait that it asks for (ms) → the answer of an ingest route. Fields that this agent does not know are
 * ignored, and any kind of store is accepted: its declared limits count. Throws PublishError EDGE_ANSWER when the
 * response is not from an ingest route; it is retryable when the status is a temporary one (5xx), and for 429.
 */
export function readAnswer(status: number, text: string, retryAfterMs: number): IngestAnswer {
  if (status === 429)
    throw new PublishError(
      'EDGE_ANSWER',
      "HTTP 429, too many requests: the edge limits each network and cluster (`limits.ingest` and `limits.ingestBytes` of the edge's configuration)",
      true,
      retryAfterMs,
    )
  try {
    const answer = readObject(parseJson(text, 'the answer'), 'the answer')
    const declaration = readNullable(readDeclaration)(answer.declaration, 'declaration')
    const root = readNullable(readText)(answer.root ?? null, 'root')
    const buckets = readOptional(readList(readText))(answer.buckets, 'buckets') ?? []
    if (answer.error !== undefined) return { declaration, root, error: readError(answer.error, 'error') }
    if (status === 200) return { declaration, root, ...(buckets.length > 0 && { buckets }) }
    throw new SnapshotError('SCHEMA', 'no error is given')
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error
    throw new PublishError(
      'EDGE_ANSWER',
      `HTTP ${status}, but not from an ingest route (${error.message}): is this the edge's URL?`,
      status >= 500,
      retryAfterMs,
    )
  }
}
