import type { Session } from '../contract/session.ts'
import { make, show } from './make.ts'
import { section, type Section } from './section.ts'

/** Who is signed in, in the words of the session that the page has. */
export function sessionSection(): Section<Session> {
  const status = make('p', 'status')
  const facts = make('dl', 'facts')
  const more = make('details', '', make('summary', '', 'User and scope'), facts)
  return {
    element: section('Session', status, more),
    update: (session) => {
      status.dataset['status'] = session.status
      show(status, [session.status, 'code' in session && session.code], () => [
        make('strong', 'chip', session.status),
        ...('code' in session ? [make('code', '', session.code)] : []),
      ])
      const rows = session.status === 'signed-in' ? rowsOf(session) : []
      more.hidden = rows.length === 0
      show(facts, rows, () =>
        rows.flatMap(([name, value]) => [make('dt', '', name), make('dd', '', value)]),
      )
    },
  }
}

function rowsOf(session: Extract<Session, { readonly status: 'signed-in' }>): [string, string][] {
  const { user, scope, stale } = session
  return [
    ...Object.entries(user).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
    ['scope', scope.join(' ') || 'none'],
    ['stale', stale ? 'yes: the token expired, and could not be renewed yet' : 'no'],
  ]
}
