import { findOrInstall, runsPerl, runsPython } from './debian-packages.mjs'

/** What each authorization server of others needs. Its tests are in `interop-<name>.spec.ts`. */
const needs = {
  django: [
    {
      name: 'python3-django-oauth-toolkit',
      isThere: () => runsPython('import oauth2_provider, jwcrypto'),
    },
    { name: 'python3-django-cors-headers', isThere: () => runsPython('import corsheaders') },
  ],
  lemonldap: [
    {
      name: 'liblemonldap-ng-portal-perl',
      isThere: () => runsPerl('use Lemonldap::NG::Portal::Main'),
    },
    { name: 'libplack-perl', isThere: () => runsPerl('use Plack::Runner') },
  ],
}

/**
 * The authorization servers of others that this machine has; installs what they lack where it can, which is said.
 * @returns their names, and the packages that are missing by name
 */
export function findInteropServers() {
  return findOrInstall(needs)
}
