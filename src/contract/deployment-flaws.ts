/**
 * What leaves an origin open: an id, under which `docs/doctor.md` explains it, and what it is in words.
 * The guardian looks for these itself before the first sign-in; the doctor finds them and more.
 */
export type Flaw = `${GuardianFlawId}: ${string}`

export type GuardianFlawId =
  | 'callback-serves-page'
  | 'error-page-policy'
  | 'foreign-worker-served'
  | 'vault-policy'
  | 'vault-process'
  | 'vault-referrer'

/** The headers of an answer, as `fetch` has them. */
export interface ReadableHeaders {
  get(name: string): string | null
}

/** Of the answer at the redirect URI, or the login or logout path, where no worker answers. */
export function flowPathFlaws(path: string, status: number): readonly Flaw[] {
  if (status === 204) return []
  return [`callback-serves-page: ${path} must answer 303 to "/#_", or 204, instead of ${status}`]
}

/** Of a page that does not exist: without these directives script can frame the authorization server in it. */
export function errorPageFlaws(headers: ReadableHeaders): readonly Flaw[] {
  const policy = headers.get('content-security-policy') ?? ''
  if (/(frame|child|default)-src/.test(policy) && /(object|default)-src/.test(policy)) return []
  return [
    'error-page-policy: pages that do not exist have no Content-Security-Policy with frame-src and object-src',
  ]
}

/** Of the answer to a request for a worker script that is not the guardian's. */
export function foreignWorkerFlaws(status: number, headers: ReadableHeaders): readonly Flaw[] {
  if (status >= 300 || !headers.get('content-type')?.includes('javascript')) return []
  return [
    'foreign-worker-served: requests with "Service-Worker: script" must get 403 except for the exact script URL',
  ]
}

/** Of a page of the vault that only `ancestors` may frame. */
export function vaultPageFlaws(
  path: string,
  ancestors: string,
  headers: ReadableHeaders,
): readonly Flaw[] {
  const policy = headers.get('content-security-policy') ?? ''
  const directives = policy.split(';').map((directive) => directive.trim())
  const missing = [`frame-ancestors ${ancestors}`, "default-src 'none'"].filter(
    (directive) => !directives.includes(directive),
  )
  return [
    ...missing.map(
      (directive) =>
        `vault-policy: ${path} has no Content-Security-Policy with ${directive}` as const,
    ),
    ...(headers.get('origin-agent-cluster') === '?1'
      ? []
      : [`vault-process: ${path} has no Origin-Agent-Cluster: ?1` as const]),
    ...(headers.get('referrer-policy') === 'no-referrer'
      ? []
      : [`vault-referrer: ${path} has no Referrer-Policy: no-referrer` as const]),
  ]
}
