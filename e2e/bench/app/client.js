// What an app bundles of the page client; its size is measured.
export { AuthError, createAuthClient, isAuthError } from 'token-guardian'
