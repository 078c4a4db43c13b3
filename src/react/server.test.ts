import { createElement as element, Suspense, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { AuthProvider, RequireAuth, useAuth, useSuspenseAuth } from './index.ts'

const options = { workerUrl: '/guardian-sw.js' }

function Status(): ReactNode {
  const { isReady, isSignedIn, session } = useAuth()
  return `${isReady} ${isSignedIn} ${session.status}`
}

function Suspended(): ReactNode {
  return String(useSuspenseAuth().isSignedIn)
}

test('a server renders that nothing is known yet, and keeps what is for users to itself', () => {
  const app = element(
    AuthProvider,
    { options },
    element(RequireAuth, { fallback: element(Status), login: true }, 'orders'),
  )
  expect(renderToString(app)).toBe('false false unprotected')
})

test('a server shows the fallback of a boundary, and does not wait for good', () => {
  const app = element(
    AuthProvider,
    { options },
    element(Suspense, { fallback: 'waiting' }, element(Suspended)),
  )
  expect(renderToString(app)).toContain('waiting')
})
