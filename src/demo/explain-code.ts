import type { AuthErrorCode } from 'token-guardian'

/** What the user of an app wants to know about a code; developers read the library's table of errors. */
export function explainCode(code: AuthErrorCode): string {
  return WORDS[code] ?? 'Something did not work as planned. Try again, or sign in again.'
}

const WORDS: Partial<Record<AuthErrorCode, string>> = {
  'worker-unsupported':
    'This browser has no service worker here (private mode or an insecure address). Calls go out without a token. Open the page over https or from localhost, in a normal window.',
  'worker-registration-failed':
    'The service worker could not be registered, so calls go out without a token. Reload the page; if that does not help, the server does not serve the worker as it should.',
  'worker-install-failed':
    'The service worker did not start, so calls go out without a token. Reload the page; the reason is in the console of the worker.',
  'page-not-covered':
    'The service worker runs but this page does not go through it. Reload the page in the normal way (not a hard reload).',
  'worker-unresponsive': 'The service worker did not answer in time. Try again.',
  'contract-mismatch':
    'This page and its service worker are of different versions. Reload the page.',
  tampered:
    'Something removed the service worker of this page. Its tokens were dropped and revoked. Reload the page and sign in again.',
  'vault-cross-site':
    'The tokens are kept on another site, where a sign-in of this tab does not reach them. Sign in by popup.',
  'hand-over-failed': 'This browser did not pass the sign-in on. Sign in by popup.',
  'popup-blocked': 'The browser blocked the popup. Allow popups for this page and try again.',
  'login-in-frame':
    'This page is shown inside another one, where nobody signs in. Sign in by popup, or open the page in a tab of its own.',
  'popup-closed': 'The popup was closed before the sign-in was completed. Sign in again.',
  'storage-unavailable':
    'The browser refused its database. Check private mode and the site data settings.',
  'storage-degraded':
    'The browser cannot write its database: the disk may be full. You stay signed in for as long as this page is open.',
  'metadata-unreachable': 'The sign-in server cannot be reached. Check the network and try again.',
  'unknown-state':
    'A sign-in response came that nobody here asked for, or that was used before. It was thrown away. Sign in again.',
  'issuer-mismatch':
    'A sign-in response came from the wrong server. It was thrown away. Sign in again.',
  'implicit-flow':
    'The sign-in server sent something else than this app asked for. It was thrown away. Tell the people who run this app.',
  'access-denied': 'The sign-in was cancelled. Sign in again whenever you like.',
  'login-required': 'The sign-in server wants to see you. Sign in again.',
  'callback-not-covered':
    'The sign-in came back while no service worker was there to receive it. Nothing was read from it. Sign in again.',
  'exchange-unreachable':
    'The sign-in server could not be reached at the last step. Sign in again.',
  'exchange-cors':
    'The sign-in server does not let this app finish the sign-in. Tell the people who run this app.',
  'dpop-downgrade':
    'The sign-in server sent a token that is less protected than this app wants. It was thrown away. Sign in again.',
  'session-ended': 'The sign-in server ended this session. Sign in again.',
  'refresh-interrupted': 'Renewing the session was interrupted half-way. Sign in again.',
  'refresh-identity-mismatch':
    'The server answered for somebody else, so the session was ended. Sign in again.',
  'session-lost':
    'The browser ended the service worker, and the tokens that it held in memory went with it. Sign in again.',
  'token-expired': 'The session expired and cannot be renewed. Sign in again.',
  'refresh-unavailable':
    'The session could not be renewed just now (network or server trouble). You stay signed in; it is tried again.',
  'client-rejected':
    'The sign-in server does not accept this app at the moment. You stay signed in.',
  'not-signed-in': 'Nobody is signed in. Sign in first.',
  'download-failed':
    'The download failed: its link was used before, or the server refused it. Download again.',
  'redirect-blocked': 'The API tried to redirect the call somewhere else. Its answer was withheld.',
  'revocation-failed': 'You are signed out here, but the server did not confirm it.',
}
