export interface FunctionSettings {
  readonly name: string;
  /** The folder with the bundle, LAMBDA_TASK_ROOT. */
  readonly taskRoot: string;
  /** `<module>.<export>`, such as `index.handler`. */
  readonly handler: string;
  /** The configured variables, credentials among them: the function sees nothing else of this machine. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** What a function finds in its environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export function lambdaEnvironment(settings: FunctionSettings, instance: number): Record<string, string> {
  const { name, taskRoot, handler, environment, region, memoryMb } = settings;
  return {
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${instance}`,
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: taskRoot,
    ...environment,
  };
}

/** Lambda's own share: a tenth of the memory stays for everything outside the heap. */
export function heapLimitMb(memoryMb: number): number {
  return Math.floor(memoryMb * 0.9);
}

export function functionArn({ name, region }: Pick<FunctionSettings, 'name' | 'region'>): string {
  return `arn:aws:lambda:${region}:000000000000:function:${name}`;
}
