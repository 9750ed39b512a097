// What the server says of a case, in the reader's language: a row a sentence in shell/sentences/.

export { inWords } from "../shell/sentences.js";

// A refusal is said so by shell/answers.js already.
export const saidInWords = (work) => work();
