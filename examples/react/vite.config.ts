import { tokenGuardian } from 'token-guardian/vite'
import { defineConfig, loadEnv } from 'vite'
import react from '@vitejs/plugin-react'

export default defineConfig(({ mode }) => {
  const { VITE_APP, VITE_VAULT, VITE_ISSUER, VITE_CLIENT_ID, VITE_API } = loadEnv(mode, '.')
  return {
    plugins: [
      react(),
      tokenGuardian(
        {
          topology: 'vault',
          vaultOrigin: VITE_VAULT,
          appOrigins: [VITE_APP],
          clients: {
            issuer: VITE_ISSUER,
            clientId: VITE_CLIENT_ID,
            scope: 'openid profile api:read',
          },
          resources: [{ url: VITE_API }],
        },
        { worker: 'guardian-sw.js' },
      ),
    ],
  }
})
