import type { AuthClient, AuthErrorCode, Session } from 'token-guardian'
import { byId, make } from './element.ts'
import { explainCode } from './explain-code.ts'

const status = byId('status', HTMLElement)
const code = byId('code', HTMLElement)
const words = byId('code-words', HTMLElement)
const hint = byId('hint', HTMLElement)
const claims = byId('claims', HTMLDListElement)
const signIn = byId('sign-in', HTMLButtonElement)
const signInPopup = byId('sign-in-popup', HTMLButtonElement)
const signOut = byId('sign-out', HTMLButtonElement)

export function startSessionCard(client: AuthClient, report: (error: unknown) => void): void {
  signIn.addEventListener('click', () => {
    showCode(undefined)
    client.loginWithRedirect().catch(report)
  })
  signInPopup.addEventListener('click', () => {
    showCode(undefined)
    client.loginWithPopup().then(showSession).catch(report)
  })
  signOut.addEventListener('click', () => {
    showCode(undefined)
    client.logout().catch(report)
  })
  setInterval(() => showExpiry(client.session), 1000)
}

export function showSession(session: Session): void {
  status.textContent =
    session.status === 'signed-in' ? `signed-in as ${nameOf(session)}` : session.status
  status.dataset['status'] = session.status
  for (const button of [signIn, signInPopup]) {
    button.hidden = session.status === 'signed-in'
    button.disabled = false
  }
  signOut.hidden = session.status !== 'signed-in' && session.status !== 'interaction-required'
  hint.textContent = HINTS[session.status]
  if ('code' in session) showCode(session.code)
  else if (session.status === 'signed-in' && !session.stale) showCode(undefined)
  claims.replaceChildren(...(session.status === 'signed-in' ? describe(session) : []))
  showExpiry(session)
}

/** The code of the last error, or of a session that needs the user. */
export function showCode(shown: AuthErrorCode | undefined): void {
  code.hidden = words.hidden = shown === undefined
  code.textContent = shown ?? ''
  words.textContent = shown === undefined ? '' : explainCode(shown)
}

const HINTS: Record<Session['status'], string> = {
  'signed-out': 'Nobody is signed in. Calls to the API go out without a token and are refused.',
  'signed-in': '',
  'interaction-required': '',
  unprotected:
    'No service worker protects this page, so nothing is authenticated and signing in is refused. Reload the page first.',
}

type SignedIn = Extract<Session, { status: 'signed-in' }>

function nameOf({ user }: SignedIn): string {
  for (const claim of [user['preferred_username'], user['name']]) {
    if (typeof claim === 'string' && claim !== '') return claim
  }
  return user.sub
}

function describe({ user, scope, stale }: SignedIn): HTMLElement[] {
  const rows: [string, Node | string][] = Object.entries(user).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const expiry = make('span', '')
  expiry.id = 'expiry'
  rows.push(['scope', scope.join(' ')], ['access token', expiry], ['stale', stale ? STALE : 'no'])
  return rows.flatMap(([name, value]) => [make('dt', '', name), make('dd', '', value)])
}

const STALE = 'yes: expired and not renewed yet; you stay signed in'

function showExpiry(session: Session): void {
  const expiry = document.getElementById('expiry')
  if (expiry === null || session.status !== 'signed-in') return
  if (session.expiresAt === null) {
    expiry.textContent = 'the server did not say when it expires'
    return
  }
  const seconds = Math.round(session.expiresAt - Date.now() / 1000)
  expiry.textContent =
    seconds > 0
      ? `expires in ${duration(seconds)}`
      : `expired ${duration(-seconds)} ago, renewed when needed`
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
