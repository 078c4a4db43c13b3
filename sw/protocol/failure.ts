import { AuthError, type AuthErrorCode, type AuthErrorPhase } from '../../src/contract/errors.ts'

const RETRYABLE: ReadonlySet<AuthErrorCode> = new Set<AuthErrorCode>([
  'worker-unresponsive',
  'storage-unavailable',
  'metadata-unreachable',
  'par-unreachable',
  'refresh-unavailable',
])

interface Facts {
  /** What happened and what to do, in the library's own words. Never text from a server or a page. */
  readonly message: string
  readonly oauthError?: string | undefined
  readonly status?: number | undefined
  /** What an API asks for, after it was bounded. */
  readonly scope?: readonly string[] | undefined
}

/** An error with a code of the closed list; the one way in which worker code makes one. */
export function failure(code: AuthErrorCode, phase: AuthErrorPhase, facts: Facts): AuthError {
  const oauthError = safeErrorCode(facts.oauthError)
  return new AuthError({
    code,
    phase,
    message: facts.message,
    retryable: RETRYABLE.has(code),
    correlationId: crypto.randomUUID(),
    ...(oauthError === undefined ? {} : { oauthError }),
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(facts.scope === undefined ? {} : { scope: facts.scope }),
  })
}

/** `error` values have a small alphabet (RFC 6749 section 5.2); what breaks it, or is long, is not repeated to anyone. */
function safeErrorCode(value: string | undefined): string | undefined {
  return value !== undefined && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined
}
