/**
 * Which rows a session may take the place of: generations, all generations of a sign-in ({@link signInOf}), or {@link noRow}.
 * `undefined`: whatever is there.
 */
export type Replaceable = ReadonlySet<string> | undefined

/** There is no row. */
export const noRow = ''

/** Any generation of the same sign-in, which is the part before the dot; that of a sign-in has no other part. */
export function signInOf(generation: string): string {
  return `${generation.split('.')[0]}.*`
}

/** @param row without a generation: it is damaged, and nothing can be lost with it */
export function makesWay(
  row: { readonly generation?: string } | undefined,
  replaceable: Replaceable,
): boolean {
  if (replaceable === undefined) return true
  if (row === undefined) return replaceable.has(noRow)
  const { generation } = row
  return (
    generation === undefined || replaceable.has(generation) || replaceable.has(signInOf(generation))
  )
}
