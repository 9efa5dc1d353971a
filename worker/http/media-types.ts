/** DNS messages (RFC 8484 §6). */
export const dnsMessage = 'application/dns-message'

/** DNS answers as JSON, with the media type of Cloudflare and Google. `application/json` is accepted too. */
export const dnsJson = 'application/dns-json'

/** JSON that is not an answer: errors, status, ingest. */
export const jsonType = 'application/json'

/** Text for people. */
export const textType = 'text/plain; charset=utf-8'
