/** What an app asks of the library that it used before, and no page can have: says what to do instead. */
export function gone(what: string, instead: string): TypeError {
  return new TypeError(
    `${what}: there is no such thing with Token Guardian. ${instead} See docs/migration.md of token-guardian.`,
  )
}

/** Why there is no token, whatever the name it was asked by. */
export const NO_TOKEN =
  'No page ever has a token. Delete the code that reads it and sets the Authorization header: fetch() to a configured resource is authenticated.'
