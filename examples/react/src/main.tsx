import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { AuthProvider } from 'token-guardian/react'
import { App } from './app.tsx'
import './style.css'

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <AuthProvider options={{ workerUrl: '/guardian-sw.js' }}>
      <App />
    </AuthProvider>
  </StrictMode>,
)
