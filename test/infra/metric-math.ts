// Metric math of CloudWatch, as far as alarms of the bridge use it: numbers, metrics by their IDs, + - * / and parentheses.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

type Value = number | undefined;
type Operator = '+' | '-' | '*' | '/';

const operations: Readonly<Record<Operator, (left: number, right: number) => Value>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // "…division by zero… no data point", the same page says.
  '/': (left, right) => (right === 0 ? undefined : left / right),
};

/**
 * What an expression is at one moment; undefined where a metric has no value then, or there is none to compute.
 *
 * @throws Error at anything else than the above, such as a function, so that no alarm passes for evaluated.
 */
export function evaluate(expression: string, metric: (id: string) => Value): Value {
  const tokens = expression.match(/\d+(\.\d+)?|[A-Za-z_]\w*|\S/g) ?? [];
  let next = 0;

  const refuse = (): never => {
    throw new Error(`${expression}: ${tokens[next] ?? 'its end'} is not understood`);
  };
  const binary = (operators: readonly Operator[], operand: () => Value) => (): Value => {
    let left = operand();
    while (operators.includes(tokens[next] as Operator)) {
      const operate = operations[tokens[next++] as Operator];
      const right = operand();
      left = left === undefined || right === undefined ? undefined : operate(left, right);
    }
    return left;
  };
  const single = (): Value => {
    const token = tokens[next++] ?? '';
    if (/^\d/.test(token)) return Number(token);
    if (/^[a-z]/.test(token) && tokens[next] !== '(') return metric(token);
    next -= 1;
    if (token !== '(') return refuse();
    next += 1;
    const value = sum();
    if (tokens[next++] !== ')') refuse();
    return value;
  };
  const product = binary(['*', '/'], single);
  const sum = binary(['+', '-'], product);

  const value = sum();
  return next === tokens.length ? value : refuse();
}
