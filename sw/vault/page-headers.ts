/** Without what the browser set and sets again. */
export function pageHeaders({ headers }: Request): [string, string][] {
  return [...headers].filter(
    ([name, value]) =>
      !name.startsWith('sec-') && !(name === 'user-agent' && value === navigator.userAgent),
  )
}
