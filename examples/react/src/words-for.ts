import type { Session } from 'token-guardian'

/** What the page says about a session. */
export function wordsFor(session: Session): string {
  switch (session.status) {
    case 'signed-in':
      return `You are signed in as ${String(session.user.name ?? session.user.sub)}.`
    case 'signed-out':
      return 'You are signed out.'
    case 'interaction-required':
      return 'Your session is over.'
    case 'unprotected':
      return 'No service worker protects this page, so nobody can sign in.'
  }
}
