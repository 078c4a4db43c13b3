import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AccessClaims } from '../../src/testing/server/access-token.ts'
import { sendJson } from '../../src/testing/server/http-text.ts'
import { sendPart, sendSound } from './page-parts.ts'
import { readRange } from './read-range.ts'

/** An authenticated request to the API. */
export interface ApiCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly claims: AccessClaims
}

const eventGapMs = 200
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Answers one call below `/v1/`. */
export async function answerApiCall(call: ApiCall): Promise<void> {
  const { request, response, url } = call
  const [, , name, argument] = url.pathname.split('/')
  if (name === 'echo-body') return describeBody(call)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    request.resume()
    return sendJson(response, 405, { error: 'method_not_allowed' }, { allow: 'GET, HEAD' })
  }
  switch (name) {
    case 'me':
      return sendJson(response, 200, { sub: call.claims.sub, scope: call.claims.scope })
    case 'stream':
      return sendChunks(call)
    case 'events':
      return sendEvents(call)
    case 'image.png':
      response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'no-store' })
      response.end(pixel)
      return
    case 'part':
      if (sendPart(response, argument ?? '', url.searchParams.get('type'))) return
      return sendJson(response, 404, { error: 'not_found' })
    case 'sound.wav':
      return sendSound(request, response)
    case 'redirect':
      response.writeHead(302, { location: url.searchParams.get('to') ?? '/v1/me' }).end()
      return
    case 'step-up':
      return demandSignIn(call)
    case 'scoped':
      return demandScope(call, argument ?? '')
    case 'status':
      return sendStatus(call, Number(argument))
    case 'bytes':
      return sendBytes(call)
    default:
      return sendJson(response, 404, { error: 'not_found' })
  }
}

async function describeBody({ request, response }: ApiCall): Promise<void> {
  const hash = createHash('sha256')
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    hash.update(part)
  }
  sendJson(response, 200, { method: request.method, length, sha256: hash.digest('hex') })
}

async function sendChunks({ request, response, url }: ApiCall): Promise<void> {
  const chunks = whole(url.searchParams.get('chunks'), 5, 10_000)
  const gapMs = whole(url.searchParams.get('gapMs'), 100, 60_000)
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  for (let n = 1; n <= chunks && !response.destroyed && request.method !== 'HEAD'; n += 1) {
    response.write(`chunk ${n}\n`)
    if (n < chunks) await sleep(gapMs)
  }
  response.end()
}

/** Without end, or as many as the query's `count`. */
async function sendEvents({ request, response, url }: ApiCall): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  if (request.method === 'HEAD') return void response.end()
  // Otherwise browsers wait for seconds before they connect again.
  response.write(`retry: ${eventGapMs}\n\n`)
  const first = whole(String(request.headers['last-event-id'] ?? ''), 0, Number.MAX_SAFE_INTEGER)
  const count = whole(url.searchParams.get('count'), Infinity, Number.MAX_SAFE_INTEGER)
  for (let n = first + 1; n <= first + count && !response.destroyed; n += 1) {
    response.write(`id: ${n}\ndata: ${JSON.stringify({ n, authorized: true })}\n\n`)
    await sleep(eventGapMs, undefined, { ref: false })
  }
  response.end()
}

/** Wants an authentication context and an age of the sign-in (RFC 9470 section 3), as the query says. */
function demandSignIn({ response, url, claims }: ApiCall): void {
  const acrValues = url.searchParams.get('acr_values')
  const maxAge = url.searchParams.get('max_age')
  const isGood = acrValues === null || acrValues.split(' ').includes(claims.acr ?? '')
  const age = Date.now() / 1000 - (claims.authTime ?? 0)
  if (isGood && (maxAge === null || age <= Number(maxAge))) {
    return sendJson(response, 200, { sub: claims.sub, acr: claims.acr })
  }
  const challenge = [
    'Bearer error="insufficient_user_authentication"',
    ...(acrValues === null ? [] : [`acr_values="${acrValues}"`]),
    ...(maxAge === null ? [] : [`max_age="${maxAge}"`]),
  ].join(', ')
  sendJson(response, 401, { error: 'sign in better' }, { 'www-authenticate': challenge })
}

function demandScope({ response, claims }: ApiCall, scope: string): void {
  if (claims.scope.split(' ').includes(scope)) return sendJson(response, 200, { scope })
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`
  sendJson(response, 403, { error: 'not for you' }, { 'www-authenticate': challenge })
}

function sendStatus({ response, url }: ApiCall, status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    return sendJson(response, 400, { error: 'the status must be from 200 to 999' })
  }
  const error = url.searchParams.get('error') ?? ''
  const challenge = /^[a-z_]+$/.test(error) ? { 'www-authenticate': `Bearer error="${error}"` } : {}
  if ([204, 205, 304].includes(status)) response.writeHead(status, challenge).end()
  else sendJson(response, status, { status }, challenge)
}

async function sendBytes({ request, response, url }: ApiCall): Promise<void> {
  const size = whole(url.searchParams.get('size'), 1024, 1_073_741_824)
  const { first, last, isPart } = readRange(request, size)
  if (isPart && first > last) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    return
  }
  response.writeHead(isPart ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment; filename="bytes.bin"',
    'content-length': last - first + 1,
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
    ...(isPart && { 'content-range': `bytes ${first}-${last}/${size}` }),
  })
  if (request.method === 'HEAD') return void response.end()
  await pipeline(Readable.from(zeros(last - first + 1)), response)
}

function* zeros(size: number): Generator<Buffer> {
  const block = Buffer.alloc(65_536)
  for (let left = size; left > 0; left -= block.length) yield block.subarray(0, left)
}

function whole(text: string | null, fallback: number, max: number): number {
  const value = text === null || text === '' ? fallback : Number(text)
  return Number.isInteger(value) && value >= 0 ? Math.min(value, max) : fallback
}
