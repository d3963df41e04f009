import { Stack } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { stageFolder } from '../bundle-program.ts';
import { programFile } from '../program-file.ts';

/** Where the poller writes its state; the only place it can write to. */
export const healthFolder = '/run/bridge';

/**
 * Everything the image is made of: two bundles and a Dockerfile without RUN, so that it builds for arm64 on any machine.
 *
 * @returns the folder.
 */
export function stagePollerImage(scope: Construct, definition: string, baseImage: string): string {
  return stageFolder(
    scope,
    [
      { entry: programFile('functions/poller/main'), definition, fileName: 'main.mjs' },
      { entry: programFile('functions/poller/health-check'), fileName: 'health-check.mjs' },
    ],
    { Dockerfile: dockerfile(baseImage), 'run/.keep': '', '.dockerignore': 'Dockerfile\n.dockerignore\n' },
  );
}

// The volume gets the owner of the folder it is declared on, else root alone could write to it:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
function dockerfile(baseImage: string): string {
  return `FROM ${baseImage}
WORKDIR /app
COPY main.mjs main.mjs.map health-check.mjs health-check.mjs.map ./
COPY --chown=1000:1000 run ${healthFolder}
VOLUME ["${healthFolder}"]
USER 1000:1000
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "/app/main.mjs"]
`;
}

export function pollerImage(
  scope: Construct,
  { definition, baseImage, image }: { definition: string; baseImage: string; image?: string | undefined },
): ContainerImage {
  if (image !== undefined) return ContainerImage.fromRegistry(image);
  return ContainerImage.fromAsset(stagePollerImage(scope, definition, baseImage), {
    platform: Platform.LINUX_ARM64,
    assetName: `${Stack.of(scope).stackName}-poller`,
  });
}
