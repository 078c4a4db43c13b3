import { noteOnSession, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { readEcho } from './read-echo.ts'

/** Calls addresses that look like the API but are not; one that answers as to a signed-in user has got the token. */
export async function lookalikeDestinations(context: AttackContext): Promise<AttackResult> {
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  for (const { url, init, elsewhere } of destinations(context)) {
    const echo = await readEcho(url, init)
    notes.push(`${init?.method ?? 'GET'} ${url}: ${echo.answer}`)
    if (echo.bearer !== undefined) found.push(`${url} echoed the bearer ${echo.bearer}`)
    // The API answers 200 to nobody without a token, so this lookalike was sent one.
    if (elsewhere && echo.status === 200)
      found.push(`${url} accepted the call: it was sent a token`)
  }
  return verdict(found, notes)
}

interface Destination {
  readonly url: string
  readonly init?: RequestInit
  /** Another origin, or outside the path prefix, where `/me` must not be authenticated. */
  readonly elsewhere?: boolean
}

function destinations({ apiOrigin, asOrigin }: AttackContext): readonly Destination[] {
  const { protocol, hostname, port, host } = new URL(apiOrigin)
  const otherPort = Number(port) === 65535 ? 65534 : Number(port) + 1
  const hosts = [
    `${protocol}//${hostname}.:${port}`,
    `${protocol}//127.0.0.1:${port}`,
    `${protocol}//[::1]:${port}`,
    `${protocol}//${hostname}:${otherPort}`,
    `${protocol}//user:secret@${host}`,
    `${protocol}//${host}@127.0.0.1:${port}`,
    `${protocol}//api.${host}`,
    asOrigin,
    location.origin,
  ]
  const paths = [
    '/debug/headers',
    '/v1/../debug/headers',
    '/v1/./../debug/headers',
    '/v1/%2e%2e/debug/headers',
    '/v1/.%2e/debug/headers',
    '/v1/..%2fdebug/headers',
    '/v1/%2e%2e%2fdebug%2fheaders',
    '/v1/..%5cdebug/headers',
    '/v1\\..\\debug\\headers',
    '/v1/;/../../debug/headers',
    '/v1//../../debug/headers',
    '/V1/../debug/headers',
    '/v1%2f../debug/headers',
    '/debug/headers?/v1/',
    '/debug/headers#/v1/',
    '//v1/debug/headers',
  ]
  return [
    ...hosts.flatMap((origin) => [
      { url: `${origin}/v1/me`, elsewhere: origin !== location.origin && origin !== asOrigin },
      { url: `${origin}/debug/headers` },
    ]),
    ...paths.map((path) => ({ url: apiOrigin + path })),
    { url: `${apiOrigin}/debug/headers`, init: { mode: 'cors', credentials: 'include' } },
    { url: `${apiOrigin}/debug/headers`, init: { method: 'POST', body: 'x' } },
    { url: `${apiOrigin}/debug/headers`, init: { mode: 'no-cors' } },
    { url: apiOrigin.toUpperCase().replace('HTTP', 'http') + '/debug/headers' },
  ]
}
