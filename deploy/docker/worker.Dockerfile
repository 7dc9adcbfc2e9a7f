# Build from the root of the repository: docker build -f deploy/docker/worker.Dockerfile -t flotilla-worker .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node scripts/run.mjs setup && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# git for fleet repos; ssh refuses to run as a user without an account
RUN apt-get update && apt-get install -y --no-install-recommends git openssh-client ca-certificates && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 65532 flotilla && useradd --uid 65532 --gid 65532 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin flotilla
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/libs libs
COPY --from=build /src/apps/worker apps/worker
COPY --from=build /src/prisma/migrations prisma/migrations
USER 65532:65532
ENTRYPOINT ["node", "apps/worker/dist/main.js"]
