import { AuthError, type AuthErrorCode, type AuthErrorPhase } from '../contract/errors.ts'

/** By how a code begins; the first that fits. */
const phases: readonly (readonly [start: RegExp, phase: AuthErrorPhase])[] = [
  [/^(refresh-|session-|token-expired|client-rejected|not-signed-in|resource-not-)/, 'refresh'],
  [/^(exchange-|id-token-|userinfo-|key-not|invalid-token-|unsupported-token|dpop-)/, 'exchange'],
  [
    /^(access-denied|login-required|authorization-failed|unknown-state|issuer-mis)/,
    'authorization',
  ],
  [/^(invalid-response|invalid-signed|implicit-flow|callback-not|sign-in-inter)/, 'authorization'],
  [/^(bridge-lost|api-|redirect-|insufficient-|issuer-not-|token-refused)/, 'api'],
  [/^(step-up-|challenge-)/, 'api'],
  [/^storage-/, 'storage'],
  [/^metadata-/, 'discovery'],
  [/^revocation-/, 'logout'],
  [/^(invalid-re|unknown-client|parameter-not|login-link-not|too-many|internal)/, 'request'],
]

const retryable = /-unreachable$|^(refresh-unavailable|worker-unresponsive|storage-unavailable)$/

/** Makes an error of the guardian for a test. Its phase is that in which the code mostly arises. */
export function authError(
  code: AuthErrorCode,
  facts: Partial<Pick<AuthError, 'phase' | 'message' | 'oauthError' | 'status' | 'scope'>> = {},
): AuthError {
  return new AuthError({
    code,
    phase: phases.find(([start]) => start.test(code))?.[1] ?? 'registration',
    message: `The fake guardian was told to fail with ${code}`,
    retryable: retryable.test(code),
    correlationId: crypto.randomUUID(),
    ...facts,
  })
}
