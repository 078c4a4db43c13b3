/** A module and all that it imports as one text, for workers that must start fast; made by `fixtures/bundled-code.ts`. */
declare module '*?bundled' {
  const code: string
  export default code
}
