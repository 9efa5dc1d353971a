/**
 * The headers of responses that a browser may show as a document: no scripts, frames or guessed types, and no Referer with
 * the token in the path. DNS messages do not need them, since browsers cannot show those.
 */
export const documentHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
