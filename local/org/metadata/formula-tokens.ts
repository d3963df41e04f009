export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'operator';
  readonly text: string;
}

const pattern =
  /\s+|\/\*[\s\S]*?\*\/|(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_$][\w.]*)|(<>|<=|>=|!=|==|&&|\|\||[-+*/&=<>(),!^])/y;

/** The parts of a formula. Throws with the place of what does not belong in one. */
export function tokensOf(formula: string): readonly Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < formula.length) {
    const place = pattern.lastIndex;
    const match = pattern.exec(formula);
    if (match === null) throw new SyntaxError(`unexpected '${formula[place]}' at ${place + 1}`);
    const [, number, double, single, name, operator] = match;
    const text = double ?? single;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/g, '$1') });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
  }
  return tokens;
}
