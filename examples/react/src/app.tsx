import { useState } from 'react'
import { RequireAuth, useAuth } from 'token-guardian/react'
import { callApi } from './call-api.ts'
import { wordsFor } from './words-for.ts'

export function App() {
  const { error } = useAuth()
  const [problem, setProblem] = useState<Error | null>(null)
  const shown = problem ?? error
  /** Shows what a click led to, if it failed. */
  const attempt = (work: Promise<unknown>): void => {
    setProblem(null)
    work.catch(setProblem)
  }
  return (
    <main>
      <h1>Token Guardian with React</h1>
      {shown && <p role="alert">{shown.message}</p>}
      <RequireAuth fallback={<SignIn attempt={attempt} />}>
        <Account attempt={attempt} />
      </RequireAuth>
    </main>
  )
}

interface Attempting {
  readonly attempt: (work: Promise<unknown>) => void
}

function SignIn({ attempt }: Attempting) {
  const { isReady, session, loginWithRedirect } = useAuth()
  if (!isReady) return <p role="status">One moment …</p>
  return (
    <>
      <p role="status">{wordsFor(session)}</p>
      <p className="buttons">
        <button className="primary" onClick={() => attempt(loginWithRedirect())}>
          Sign in
        </button>
      </p>
    </>
  )
}

function Account({ attempt }: Attempting) {
  const { session, logout } = useAuth()
  const [answer, setAnswer] = useState('')
  return (
    <>
      <p role="status">{wordsFor(session)}</p>
      <p className="buttons">
        <button className="primary" onClick={() => attempt(callApi().then(setAnswer))}>
          Call the API
        </button>
        <button onClick={() => attempt(logout())}>Sign out</button>
      </p>
      {answer && (
        <pre aria-live="polite" aria-label="Answer of the API">
          {answer}
        </pre>
      )}
    </>
  )
}
