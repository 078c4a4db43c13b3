import type { VaultSite } from '../../src/vite/vault-headers.ts'

export const vaultSite: VaultSite = {
  appOrigins: ['https://app.example.com', 'https://admin.example.com'],
  connectOrigins: ['https://api.example.com', 'https://as.example.com:8443'],
  loginPath: '/auth/login',
  logoutPath: '/auth/logout',
  callbackPaths: ['/auth/callback', '/auth/other.callback'],
}

/** Pages in folders, at the root, and with their extension in the path. */
export const oddVaultSite: VaultSite = {
  ...vaultSite,
  loginPath: '/in',
  logoutPath: '/out/',
  callbackPaths: ['/', '/cb/', '/old/cb.html'],
}

/** Every path that hosts may be asked for, and some that do not exist. */
export const vaultPaths: readonly string[] = `
  /bridge.html /bridge /bridge.js /guardian-sw.js /recover.js /404.html /popup.html /popup /popup.js
  /auth/login /auth/login.html /auth/logout /auth/logout.html /auth/callback /auth/callback.html
  /auth/other.callback /auth/other.callback.html
  / /index.html /cb/ /cb/index.html /old/cb /old/cb.html /in /in.html /out/ /out/index.html
  /missing /missing.js /auth /auth/ /auth/callback/x /x/bridge.html /bridge.html/x /bridgeXhtml
  /auth/otherXcallback /guardian-sw.js.map
`
  .trim()
  .split(/\s+/)
